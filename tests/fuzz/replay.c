/* replay.c - runs a target over the files of a folder, and over each of them cut short at every length.
 * SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void run(const uint8_t *p, size_t n)
{
    uint8_t *exact = malloc(n ? n : 1); /* ASan sees one byte too far */
    if (!exact)
        abort();
    memcpy(exact, p, n);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
}

int main(int argc, char **argv)
{
    static uint8_t text[1 << 20];
    int files = 0;
    DIR *d = argc == 2 ? opendir(argv[1]) : NULL;
    if (!d) {
        fprintf(stderr, "usage: %s corpus-folder\n", argv[0]);
        return 2;
    }
    for (struct dirent *e; (e = readdir(d));) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", argv[1], e->d_name);
        FILE *f = e->d_name[0] == '.' ? NULL : fopen(path, "re");
        if (!f)
            continue;
        size_t n = fread(text, 1, sizeof text, f);
        fclose(f);
        files++;
        run(text, n);
        for (size_t cut = 0; cut < n && cut < 2000; cut++)
            run(text, cut);
    }
    closedir(d);
    printf("%d seeds\n", files);
    return files ? 0 : 1;
}
