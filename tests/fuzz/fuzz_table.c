/* fuzz_table.c - strangers' spreadsheets: the zip, the XML and the CSV reader. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "fuzz.h"
#include "platform/table/table.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static bool on_row(void *arg, int64_t number, const char *const *cell, size_t n)
{
    int64_t *last = arg;
    if (number <= *last || n > TABLE_COLUMNS)
        abort();
    *last = number;
    for (size_t i = 0; i < n; i++) {
        size_t len = 0;
        while (cell[i][len])
            len++;
        if (len > TABLE_CELL || !utf8_valid(cell[i], len))
            abort();
    }
    return number < 1000;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct table_fault fault;
    int64_t last = 0;
    int fd = memfd_create("table", MFD_CLOEXEC);
    if (fd < 0 || write(fd, p, n) != (ssize_t)n)
        abort();
    struct arena *a = arena_new((size_t)512 << 20);
    bool good = table_parse(a, fd, on_row, &last, &fault);
    if (good != (fault.what == TABLE_NONE))
        abort();
    arena_free(a);
    close(fd);
    return 0;
}
