/* mail_out.c - one plain-text mail by SMTP. SPDX-License-Identifier: MIT */
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "platform/crypto/crypto.h"
#include "platform/http_out_impl.h"
#include <string.h>

#define WORD_BYTES    45 /* =?UTF-8?B?60 letters?= is 72 wide, the limit is 75 */
#define LINE_BYTES    57 /* 76 letters of base64 */
#define MAIL_TOTAL_MS 15000L

/* Line breaks and controls become spaces: what a user typed must not write headers. */
static const char *one_line(struct arena *a, const char *s)
{
    char *out = arena_strdup(a, s);
    for (char *p = out; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7F)
            *p = ' ';
    return out;
}

/* RFC 2047, split between code points. */
static void add_subject(struct buf *b, struct arena *a, const char *subject)
{
    const char *s = one_line(a, subject);
    size_t n = strlen(s), i = 0;
    bool plain = n <= 60 && !strstr(s, "=?");
    for (size_t k = 0; k < n; k++)
        plain = plain && (unsigned char)s[k] < 0x80;
    buf_str(b, "Subject: ");
    if (plain)
        buf_str(b, s);
    for (; !plain && i < n;) {
        size_t end = i + WORD_BYTES < n ? i + WORD_BYTES : n;
        while (end < n && end > i + 1 && ((unsigned char)s[end] & 0xC0) == 0x80)
            end--;
        buf_printf(b, "%s=?UTF-8?B?%s?=", i ? "\r\n " : "", b64_encode(a, s + i, end - i));
        i = end;
    }
    buf_str(b, "\r\n");
}

static void add_date(struct buf *b)
{
    static const char day[][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char month[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c = clock_civil(clock_now_ms());
    buf_printf(b, "Date: %s, %02d %s %04d %02d:%02d:%02d +0800\r\n", day[c.weekday], c.day, month[c.month - 1], c.year,
               c.hour, c.minute, c.second);
}

static const char *compose(struct arena *a, const struct out_mail *m)
{
    struct buf b;
    buf_init(&b, a);
    add_date(&b);
    buf_printf(&b, "From: <%s>\r\nTo: <%s>\r\nMessage-ID: <%s@%s>\r\n", m->from, m->to, m->message_id,
               strchr(m->from, '@') + 1);
    add_subject(&b, a, m->subject);
    buf_str(&b, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                "Content-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n");
    for (size_t n = strlen(m->text), i = 0; i < n; i += LINE_BYTES)
        buf_printf(&b, "%s\r\n", b64_encode(a, m->text + i, n - i < LINE_BYTES ? n - i : LINE_BYTES));
    return buf_cstr(&b);
}

struct upload {
    const char *p;
    size_t left;
};

static size_t on_read(char *out, size_t one, size_t n, void *arg)
{
    struct upload *u = arg;
    n *= one;
    if (n > u->left)
        n = u->left;
    memcpy(out, u->p, n);
    u->p += n;
    u->left -= n;
    return n;
}

static bool acceptable(const struct out_mail *m)
{
    static const char ok[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_";
    size_t n = m->message_id ? strlen(m->message_id) : 0;
    return m->url && (str_starts(m->url, "smtps://") || str_starts(m->url, "smtp://")) && out_text_safe(m->url) &&
           email_valid(m->from) && email_valid(m->to) && n && n <= 128 && strspn(m->message_id, ok) == n;
}

enum err mail_out(struct arena *a, const struct out_mail *m, int *smtp_code)
{
    *smtp_code = 0;
    if (!acceptable(m))
        return ERR_INTERNAL;
    CURL *h = circuit_enter(m->url, false) ? out_handle() : NULL;
    if (!h)
        return ERR_UPSTREAM;
    const char *text = compose(a, m);
    struct upload up = {text, strlen(text)};
    struct curl_slist *to = curl_slist_append(NULL, arena_printf(a, "<%s>", m->to));
    bool tls = str_starts(m->url, "smtps:") || !url_is_loopback(m->url);
    curl_easy_setopt(h, CURLOPT_URL, m->url);
    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(h, CURLOPT_USE_SSL, (long)(tls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
    curl_easy_setopt(h, CURLOPT_MAIL_FROM, arena_printf(a, "<%s>", m->from));
    curl_easy_setopt(h, CURLOPT_MAIL_RCPT, to);
    curl_easy_setopt(h, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(h, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(h, CURLOPT_READDATA, &up);
    curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, MAIL_TOTAL_MS);
    curl_easy_setopt(h, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(h, CURLOPT_FORBID_REUSE, 1L);
    if (!str_empty(m->user)) {
        curl_easy_setopt(h, CURLOPT_USERNAME, m->user);
        curl_easy_setopt(h, CURLOPT_PASSWORD, m->pass ? m->pass : "");
    }
    CURLcode rc = to ? curl_easy_perform(h) : CURLE_OUT_OF_MEMORY;
    long code = 0;
    curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &code);
    curl_slist_free_all(to);
    *smtp_code = (int)code;
    circuit_leave(m->url, false, rc == CURLE_OK || code >= 400); /* a server that refuses is alive */
    if (rc == CURLE_OK)
        return OK;
    log_warn("outside.mail_failed", L_S("why", curl_easy_strerror(rc)), L_I("curl", rc), L_I("smtp", code));
    return code < 400 && up.left < strlen(text) ? ERR_TIMEOUT : ERR_UPSTREAM;
}
