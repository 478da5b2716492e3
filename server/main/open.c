/* open.c - configuration, master key, store: the common beginning of the subcommands. SPDX-License-Identifier: MIT */
#include "base/id.h"
#include "base/log.h"
#include "main/parts.h"
#include "platform/config.h"
#include "platform/crypto/crypto.h"
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct arena *forever; /* strings that live as long as the process */

const char *schema_dir(void)
{
    static char found[PATH_MAX];
    char exe[PATH_MAX], try[PATH_MAX];
    if (!str_empty(config()->schema_dir))
        return config()->schema_dir;
    if (found[0])
        return found;
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    exe[n > 0 ? n : 0] = '\0';
    const char *up[] = {"schema", "../schema", "../../schema", "../../../schema", "../share/anju/schema"};
    const char *dir = dirname(exe);
    for (size_t i = 0; i < COUNT(up); i++) {
        int len = snprintf(try, sizeof try, "%s/%s", dir, up[i]);
        if (len > 0 && (size_t)len < sizeof try && access(try, R_OK) == 0 && realpath(try, found))
            return found;
    }
    return "schema";
}

/* The master key wraps everything secret; without it the data cannot be read, so it is made once and never replaced. */
static bool load_master(bool make, const char **why)
{
    const struct config *c = config();
    const char *path =
        str_empty(c->secret_key_file) ? arena_printf(forever, "%s/secret.key", c->data_dir) : c->secret_key_file;
    if (make && str_empty(c->secret_key_file) && access(path, F_OK) != 0) {
        unsigned char raw[32];
        char hex[66];
        crypto_random(raw, sizeof raw);
        hex_encode(raw, sizeof raw, hex);
        hex[64] = '\n';
        int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        bool ok = fd >= 0 && write(fd, hex, 65) == 65 && fsync(fd) == 0;
        if (fd >= 0)
            close(fd);
        crypto_wipe(raw, sizeof raw);
        if (!ok) {
            *why = arena_printf(forever, "%s: %s", path, strerror(errno));
            return false;
        }
        log_info("start.secret_made", L_S("file", path));
    }
    const char *hex = config_secret(forever, path, why);
    if (!hex)
        return false;
    if (strlen(hex) != 64 || !crypto_load_master(hex)) {
        *why = arena_printf(forever, "%s: must hold 64 hex digits", path);
        return false;
    }
    return true;
}

static bool make_dir(const char *path, const char **why)
{
    if (mkdir(path, 0700) == 0 || errno == EEXIST)
        return true;
    *why = arena_printf(forever, "%s: %s", path, strerror(errno));
    return false;
}

bool load_secret(bool make, const char **why)
{
    if (!forever)
        forever = arena_new(0);
    return make_dir(config()->data_dir, why) && load_master(make, why);
}

struct store *open_store(const char *config_path)
{
    static const char *const levels[] = {"debug", "info", "warn", "error"};
    const char *why = NULL;
    if (!forever)
        forever = arena_new(0);
    if (config_load(config_path, stderr) != OK)
        return NULL;
    const struct config *c = config();
    int level = str_index(levels, COUNT(levels), c->log_level);
    log_set_level(level < 0 ? LOG_LV_INFO : (enum log_level)level);
    id_set_node((unsigned)c->node);
    struct store *s = NULL;
    if (make_dir(c->data_dir, &why) && make_dir(arena_printf(forever, "%s/spool", c->data_dir), &why) &&
        make_dir(arena_printf(forever, "%s/files", c->data_dir), &why) && load_master(true, &why)) {
        struct store_config sc = {
            .url = str_empty(c->store_url) ? arena_printf(forever, "sqlite:%s/anju.db", c->data_dir) : c->store_url,
            .migrations_dir = arena_printf(forever, "%s/migrations", schema_dir()),
            .readers = (int)c->readers,
            .writers = (int)c->writers,
            .queue_max = (int)c->queue_max,
            .unsafe_normal = c->test_sync_normal,
            .batch_one = c->test_batch_one};
        s = store_open(&sc, forever, &why);
    }
    if (!s)
        log_error("start.refused", L_S("why", why ? why : "unknown"));
    return s;
}
