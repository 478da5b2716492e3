/* tls.c - TLS 1.2/1.3 and the certificate in use. Each handshake asks for the certificate, so a new one is in use
 * from the next connection on, and a bad file on disk changes nothing. SPDX-License-Identifier: MIT */
#include "base/log.h"
#include "platform/net/net_int.h"

static struct certificate {
    X509 *leaf;
    STACK_OF(X509) * chain;
    EVP_PKEY *key;
} current; /* loop thread only */

static void certificate_free(struct certificate *c)
{
    X509_free(c->leaf);
    sk_X509_pop_free(c->chain, X509_free);
    EVP_PKEY_free(c->key);
    *c = (struct certificate){NULL, NULL, NULL};
}

static const char *read_chain(struct certificate *c, const char *file)
{
    BIO *in = BIO_new_file(file, "r");
    if (!in)
        return "the certificate file cannot be read";
    c->leaf = PEM_read_bio_X509_AUX(in, NULL, NULL, NULL);
    c->chain = sk_X509_new_null();
    for (X509 *x; c->leaf && c->chain && (x = PEM_read_bio_X509(in, NULL, NULL, NULL));)
        sk_X509_push(c->chain, x);
    BIO_free(in);
    return c->leaf && c->chain ? NULL : "the certificate file holds no certificate";
}

static const char *read_key(struct certificate *c, const char *file)
{
    BIO *in = BIO_new_file(file, "r");
    if (!in)
        return "the key file cannot be read";
    c->key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
    BIO_free(in);
    if (!c->key)
        return "the key file holds no private key";
    return X509_check_private_key(c->leaf, c->key) == 1 ? NULL : "the key does not belong to the certificate";
}

bool tls_load(const char *cert, const char *key, const char **why)
{
    struct certificate next = {NULL, NULL, NULL};
    *why = read_chain(&next, cert);
    if (!*why)
        *why = read_key(&next, key);
    if (!*why && X509_cmp_current_time(X509_get0_notAfter(next.leaf)) < 0)
        *why = "the certificate has expired";
    ERR_clear_error(); /* the end of the PEM file leaves one behind */
    if (*why) {
        certificate_free(&next);
        return false;
    }
    certificate_free(&current);
    current = next;
    return true;
}

static int choose_certificate(SSL *ssl, void *unused)
{
    (void)unused;
    SSL_certs_clear(ssl);
    return current.leaf && SSL_use_cert_and_key(ssl, current.leaf, current.key, current.chain, 1) == 1;
}

int tls_setup(void *ssl_ctx)
{
    SSL_CTX *ctx = ssl_ctx;
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                 SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_cert_cb(ctx, choose_certificate, NULL);
    bool ok = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
              SSL_CTX_set1_groups_list(ctx, "X25519:P-256") == 1 &&
              SSL_CTX_set_cipher_list(ctx, "ECDHE+AESGCM:ECDHE+CHACHA20") == 1;
    return ok ? 0 : -1;
}

void tls_free(void)
{
    certificate_free(&current);
}

static void reload(void *unused)
{
    (void)unused;
    const char *why = NULL;
    if (!net.tls)
        return;
    if (tls_load(net.cfg.cert_file, net.cfg.key_file, &why))
        log_info("net.certificate_loaded", L_S("file", net.cfg.cert_file));
    else
        log_error("net.certificate_kept", L_S("why", why), L_S("file", net.cfg.cert_file));
}

void net_reload_tls(void)
{
    net_post(reload, NULL);
}
