/* main.c - anjud: the command line. SPDX-License-Identifier: MIT */
#include "base/text.h"
#include "main/parts.h"
#include "platform/table/table.h"
#include <string.h>
#include <sys/stat.h>

static int usage(FILE *out, int code)
{
    fputs("anjud - property management server\n\n"
          "  anjud [serve] [-c FILE] [--no-supervisor]   serve until SIGTERM\n"
          "  anjud migrate [-c FILE]                     bring the database up to date and stop\n"
          "  anjud demo [-c FILE] [SANDBOX.json]         load demo data into an empty database; with the\n"
          "                                              sandbox's description also merchants and bills\n"
          "  anjud check-config [-c FILE]                print the effective configuration\n"
          "  anjud verify [-c FILE]                      check the audit chain and the order histories\n"
          "  anjud audit-verify [-c FILE]                only the audit chains; prints each one's newest link\n"
          "  anjud onboard [-c FILE] COMPANY.json        a company from nothing: projects, staff, catalogues\n"
          "  anjud totp-off [-c FILE] [COMPANY/]LOGIN    for an administrator who lost phone and spare codes\n"
          "  anjud backup [-c FILE] TO                   consistent copy of store and files, also while it runs\n"
          "  anjud restore [-c FILE] FROM                such a copy into an empty place, then verify\n"
          "  anjud routes | states | statements          the tables this program is made of\n",
          out);
    return code;
}

int main(int argc, char **argv)
{
    const char *cmd = NULL, *config = NULL, *extra = NULL;
    bool supervised = true;
    umask(077); /* whatever we make is ours alone */
    for (int i = 1; i < argc; i++) {
        if (str_eq(argv[i], "-c") && i + 1 < argc)
            config = argv[++i];
        else if (str_eq(argv[i], "--no-supervisor"))
            supervised = false;
        else if (str_eq(argv[i], "-h") || str_eq(argv[i], "--help"))
            return usage(stdout, 0);
        else if (!cmd && argv[i][0] != '-')
            cmd = argv[i];
        else if (!extra && argv[i][0] != '-')
            extra = argv[i];
        else
            return usage(stderr, 2);
    }
    if (!cmd || str_eq(cmd, "serve"))
        return cmd_serve(config, supervised);
    if (str_eq(cmd, "migrate"))
        return cmd_migrate(config);
    if (str_eq(cmd, "demo"))
        return cmd_demo(config, extra);
    if (str_eq(cmd, "check-config"))
        return cmd_check_config(config);
    if (str_eq(cmd, "verify"))
        return cmd_verify(config);
    if (str_eq(cmd, "audit-verify"))
        return cmd_audit_verify(config);
    if (str_eq(cmd, "backup") && extra)
        return cmd_backup(config, extra);
    if (str_eq(cmd, "restore") && extra)
        return cmd_restore(config, extra);
    if (str_eq(cmd, "totp-off") && extra)
        return cmd_totp_off(config, extra);
    if (str_eq(cmd, "onboard") && extra)
        return cmd_onboard(config, extra);
    if (str_eq(cmd, "table-read")) /* started by table_read() only */
        return table_child();
    if (str_eq(cmd, "routes"))
        return cmd_routes();
    if (str_eq(cmd, "states"))
        return cmd_states();
    if (str_eq(cmd, "statements"))
        return cmd_statements();
    return usage(stderr, 2);
}
