/* table.h - a table somebody made with a spreadsheet (xlsx, or CSV in UTF-8 or GB18030) as rows of text.
 *
 * The file is a stranger's. It is read by a child process that holds nothing (no keys, no store, no network, little memory
 * and time; see table_child.c), and what the child says is checked again here. What is refused, and why, is said with its
 * place. Only values are read: a formula, a macro, an encrypted or damaged file, a document type or an entity ends it.
 *
 * Numbers come as they were typed (13812345678, 89.5), dates as 2026-11-30, everything trimmed, full-width ASCII folded.
 * Limits: hardening of uploads; 10^5 entries or a bomb of zeros cost a few milliseconds.  SPDX-License-Identifier: MIT */
#ifndef PLATFORM_TABLE_TABLE_H
#define PLATFORM_TABLE_TABLE_H
#include "base/arena.h"
#include "base/err.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_FILE_MAX (32u << 20)          /* bytes as uploaded */
#define TABLE_INFLATED (INT64_C(192) << 20) /* bytes of all parts of an xlsx together */
#define TABLE_ROWS     50000                /* with something in them; TABLE_ABOVE more for titles and remarks */
#define TABLE_ABOVE    5
#define TABLE_COLUMNS  50
#define TABLE_CELL     4096 /* bytes */
#define TABLE_SECONDS  60

/*                        zh (%s: the place)                                   en */
#define TABLE_PROBLEMS(X)                                                                                              \
    X(NONE, "", "")                                                                                                    \
    X(KIND, "文件须为 xlsx 或 CSV", "neither xlsx nor CSV")                                                            \
    X(OLD_XLS, "不支持 xls 旧格式或加密文件,请另存为 xlsx", "an old xls or an encrypted file; save it as xlsx")        \
    X(ENCODING, "CSV 编码须为 UTF-8 或 GB18030", "the CSV is neither UTF-8 nor GB18030")                               \
    X(QUOTE, "第 %s 行引号未闭合", "a quote in row %s does not end")                                                   \
    X(ZIP, "xlsx 文件已损坏", "the xlsx is damaged")                                                                   \
    X(ZIP_TAIL, "xlsx 文件前后有多余内容", "the xlsx has something before or behind it")                               \
    X(ZIP_MANY, "xlsx 内部文件过多", "too many parts in the xlsx")                                                     \
    X(ZIP_NAME, "xlsx 内部文件名无效", "a bad or doubled part name in the xlsx")                                       \
    X(ENCRYPTED, "不支持加密的 xlsx", "the xlsx is encrypted")                                                         \
    X(BOMB, "xlsx 解压后过大", "the xlsx inflates to too much")                                                        \
    X(MACRO, "不接受带宏的文件", "files with macros are not taken")                                                    \
    X(DTD, "xlsx 含有不允许的文档类型声明", "the xlsx holds a document type, which is not taken")                      \
    X(XML, "xlsx 内容已损坏", "the xlsx holds broken XML")                                                             \
    X(NO_SHEET, "xlsx 中没有工作表", "there is no sheet in the xlsx")                                                  \
    X(FORMULA, "单元格 %s 是公式,请粘贴为数值", "cell %s is a formula; paste it as a value")                           \
    X(CELL_LONG, "单元格 %s 内容过长", "cell %s is too long")                                                          \
    X(TEXT, "单元格 %s 含有无效字符", "cell %s holds bytes that are no text")                                          \
    X(COLUMNS_MANY, "第 %s 行列数过多", "too many columns in row %s")                                                  \
    X(ROWS_MANY, "最多 50000 行", "more than 50000 rows")                                                              \
    X(SIZE, "文件过大,最大 32 MB", "the file is larger than 32 MB")                                                    \
    X(EMPTY, "文件中没有内容", "there is nothing in the file")                                                         \
    X(CHILD, "文件无法解析", "the file could not be read")                                                             \
    X(TIME, "文件解析超时", "reading the file took too long")
enum table_problem {
#define X(name, zh, en) TABLE_##name,
    TABLE_PROBLEMS(X)
#undef X
        TABLE_PROBLEM_COUNT
};
struct table_fault {
    enum table_problem what;
    char place[16]; /* "B12" or a row's number; letters and digits only */
};

/* number: the row's own in the file, from 1. cell[0..n): never NULL, valid during the call. false: stop, enough. */
typedef bool table_fn(void *arg, int64_t number, const char *const *cell, size_t n);

/* Reads fd in a child. ERR_INVALID with *why (field "file"): refused. Stopped by fn: OK. SLOW; any thread. */
MUST_CHECK enum err table_read(struct arena *a, int fd, table_fn *fn, void *arg, struct why *why);

/* ---- the child's side ---- */
/* stdin: the file; stdout: rows. Returns the exit code. argv[1] "table-read" of the program table_read() starts. */
int table_child(void);
/* The parser itself, in this process; false: *fault. Fuzzed. */
bool table_parse(struct arena *a, int fd, table_fn *fn, void *arg, struct table_fault *fault);

#endif
