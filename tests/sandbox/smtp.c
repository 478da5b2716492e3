/* smtp.c - a capturing mail server: takes everything for anybody, delivers nothing. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "sandbox/sandbox.h"
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAIL_MAX (1 << 20)

/* Joins the encoded words of a header, or returns it as it is. */
static const char *subject_of(struct arena *a, const char *mail)
{
    const char *s = strcasestr(mail, "\r\nSubject: ");
    if (!s)
        return "";
    s += 11;
    const char *end = s;
    do
        end += strcspn(end + 1, "\r") + 1;
    while (end[0] == '\r' && end[1] == '\n' && end[2] == ' ');
    char *line = arena_strndup(a, s, (size_t)(end - s));
    if (!strstr(line, "=?UTF-8?B?"))
        return line;
    struct buf b;
    buf_init(&b, a);
    for (char *w = strstr(line, "=?UTF-8?B?"); w; w = strstr(w, "=?UTF-8?B?")) {
        char *stop = strstr(w + 10, "?=");
        if (!stop)
            break;
        size_t n = 0;
        void *part = b64_decode(a, arena_strndup(a, w + 10, (size_t)(stop - w - 10)), &n);
        if (part)
            buf_add(&b, part, n);
        w = stop;
    }
    return buf_cstr(&b);
}

static const char *text_of(struct arena *a, const char *mail)
{
    const char *body = strstr(mail, "\r\n\r\n");
    if (!body || !strcasestr(mail, "Content-Transfer-Encoding: base64"))
        return body ? body + 4 : "";
    char *packed = arena_alloc(a, strlen(body) + 1), *o = packed;
    for (body += 4; *body; body++)
        if (*body != '\r' && *body != '\n')
            *o++ = *body;
    size_t n = 0;
    char *text = b64_decode(a, packed, &n);
    return text ? arena_strndup(a, text, n) : "";
}

static void capture(struct arena *a, const char *from, const char *to, const char *mail)
{
    struct jw w;
    const char *id = strcasestr(mail, "\r\nMessage-ID: ");
    jw_init(&w, a);
    jw_obj(&w);
    kv_str(&w, "from", from);
    kv_str(&w, "subject", subject_of(a, mail));
    kv_str(&w, "message_id", id ? arena_strndup(a, id + 14, strcspn(id + 14, "\r")) : "");
    kv_str(&w, "text", text_of(a, mail));
    jw_end(&w);
    sb_capture("mail", to, jw_text(&w));
}

/* "MAIL FROM:<a@b> ..." -> a@b */
static void address(const char *line, char *out, size_t cap)
{
    const char *open = strchr(line, '<'), *close = open ? strchr(open, '>') : NULL;
    snprintf(out, cap, "%.*s", close ? (int)(close - open - 1) : 0, close ? open + 1 : "");
}

/* RFC 4616: base64 of NUL user NUL password. Without an account of ours everybody gets in. */
static bool knows(struct arena *a, const char *b64)
{
    size_t n = 0, len = strcspn(b64, "\r\n");
    if (!sb.smtp_user)
        return true;
    const char *plain = b64_decode(a, arena_strndup(a, b64, len), &n);
    const char *user = plain ? memchr(plain, 0, n) : NULL;
    const char *pass = user ? memchr(user + 1, 0, n - (size_t)(user + 1 - plain)) : NULL;
    return pass && str_eq(user + 1, sb.smtp_user) &&
           str_eq(arena_strndup(a, pass + 1, n - (size_t)(pass + 1 - plain)), sb.smtp_pass);
}

static void talk(FILE *in, FILE *out, struct arena *a)
{
    char line[2048], from[160] = "", to[160] = "";
    struct buf mail;
    bool data = false, login = false, in_person = !sb.smtp_user;
    const char *fault = sb_fault_take("smtp");
    buf_init(&mail, a);
    fputs("220 anju-sandbox ESMTP\r\n", out);
    while (fflush(out) == 0 && fgets(line, sizeof line, in)) {
        if (data && strcmp(line, ".\r\n") != 0) {
            if (mail.n < MAIL_MAX)
                buf_str(&mail, line + (line[0] == '.'));
            continue;
        }
        if (data) {
            data = false;
            capture(a, from, to, buf_cstr(&mail));
            if (str_eq(fault, "timeout")) {
                while (fgets(line, sizeof line, in))
                    ;
                return;
            }
            fputs("250 taken\r\n", out);
        } else if (login) {
            login = false;
            in_person = knows(a, line);
            fputs(in_person ? "235 ok\r\n" : "535 wrong user or password\r\n", out);
        } else if (strncasecmp(line, "EHLO", 4) == 0) {
            fputs("250-anju-sandbox\r\n250-AUTH PLAIN\r\n250 SIZE 1048576\r\n", out);
        } else if (strncasecmp(line, "AUTH PLAIN", 10) == 0) {
            login = strlen(line) <= 13;
            in_person = in_person || (!login && knows(a, line + 11));
            fputs(login ? "334 \r\n" : in_person ? "235 ok\r\n" : "535 wrong user or password\r\n", out);
        } else if (strncasecmp(line, "MAIL", 4) == 0) {
            address(line, from, sizeof from);
            fputs(in_person ? "250 ok\r\n" : "530 log in first\r\n", out);
        } else if (strncasecmp(line, "RCPT", 4) == 0) {
            address(line, to, sizeof to);
            fputs(str_eq(fault, "grey")       ? "451 greylisted, try later\r\n"
                  : str_starts(to, "nobody@") ? "550 no such user\r\n"
                                              : "250 ok\r\n",
                  out);
        } else if (strncasecmp(line, "DATA", 4) == 0) {
            data = true;
            fputs("354 go on\r\n", out);
        } else if (strncasecmp(line, "QUIT", 4) == 0) {
            fputs("221 bye\r\n", out);
            fflush(out);
            return;
        } else {
            fputs("250 ok\r\n", out);
        }
    }
}

static void *one(void *arg)
{
    int fd = (int)(intptr_t)arg;
    struct timeval limit = {.tv_sec = 60};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    struct arena *a = arena_new(16 << 20);
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    if (in && out)
        talk(in, out, a);
    if (out)
        fclose(out);
    if (in)
        fclose(in);
    arena_free(a);
    return NULL;
}

void *smtp_serve(void *listen_fd)
{
    int fd;
    while ((fd = accept4((int)(intptr_t)listen_fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
        pthread_t t;
        if (pthread_create(&t, NULL, one, (void *)(intptr_t)fd) == 0)
            pthread_detach(t);
        else
            close(fd);
    }
    return NULL;
}
