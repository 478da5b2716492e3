/* digest.c - SHA-256 of a migration as hex. A file of its own: OpenSSL's ERR_STATE and ours cannot meet.
 * SPDX-License-Identifier: MIT */
#include "platform/store/digest.h"
#include "base/text.h"
#include <openssl/evp.h>
#include <stdlib.h>

void digest_hex(const void *p, size_t n, char out[65])
{
    unsigned char md[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    if (!EVP_Digest(p, n, md, &len, EVP_sha256(), NULL))
        abort();
    hex_encode(md, 32, out);
}
