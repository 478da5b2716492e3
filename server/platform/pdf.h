/* pdf.h - pages of text, lines and QR codes as a PDF in memory. Places are millimetres from the top left corner. Text is
 * plain (no markup is read), set in a Chinese font, and can be searched and copied out of the file.
 * A document belongs to one thread; different ones may be made at the same time. OWNERSHIP: lives in its arena.
 * SPDX-License-Identifier: MIT */
#ifndef PLATFORM_PDF_H
#define PLATFORM_PDF_H
#include "base/arena.h"
#include <stdbool.h>
#include <stddef.h>

enum pdf_paper { PDF_A4, PDF_A5_LANDSCAPE };
enum pdf_align { PDF_LEFT, PDF_CENTER, PDF_RIGHT };
struct pdf_style {
    double size; /* points */
    enum pdf_align align;
    bool bold, wrap; /* without wrap: one line, cut with an ellipsis */
};
struct pdf;

struct pdf *pdf_new(struct arena *a, enum pdf_paper paper, const char *title);
/* Writes text into a box of width w; returns the height it took. */
double pdf_text(struct pdf *p, double x, double y, double w, struct pdf_style s, const char *text);
void pdf_line(struct pdf *p, double x1, double y1, double x2, double y2);
void pdf_rect(struct pdf *p, double x, double y, double w, double h);
/* The code with its quiet zone in a square; false: the text is too long for a code. */
bool pdf_qr(struct pdf *p, double x, double y, double side, const char *text);
/* Large, pale and slanting over the page that is being written (水印). */
void pdf_mark(struct pdf *p, const char *text);
void pdf_page(struct pdf *p); /* ends the page, begins the next one */
/* Ends the document. NULL: no memory. */
const void *pdf_end(struct pdf *p, size_t *n);

#endif
