#include "sim/cli/verbs.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <slipway/kernel.h>
#include <slipway/slipway.h>
#include "sim/report/table.h"
#include "sim/role/role.h"

#define FIELDS_MAX 8 /* more than six arguments, or three results, would be a defect */

/* "endpoint, tag:length 20|handles 4, deadline" taken apart. */
struct fields {
    char text[256];
    const char *name[FIELDS_MAX];
    const char *packed[FIELDS_MAX]; /* what one register packs, or NULL */
    uint32_t count;
};

static void fields_split(struct fields *fields, const char *list)
{
    fields->count = 0;
    snprintf(fields->text, sizeof fields->text, "%s", list);
    char *at = fields->text;
    while (*at != 0 && fields->count < FIELDS_MAX) {
        char *comma = strstr(at, ", "), *next = comma != NULL ? comma + 2 : at + strlen(at);
        if (comma != NULL)
            *comma = 0;
        char *colon = strchr(at, ':');
        if (colon != NULL)
            *colon = 0;
        fields->name[fields->count] = at;
        fields->packed[fields->count++] = colon != NULL ? colon + 1 : NULL;
        at = next;
    }
}

/* Names with commas between them, then what is packed, a line each. */
static void fields_join(const struct fields *fields, char *out, size_t bytes)
{
    size_t length = 0;
    out[0] = 0;
    for (uint32_t i = 0; i < fields->count && length < bytes; i++)
        length += (size_t)snprintf(out + length, bytes - length, "%s%s", i > 0 ? ", " : "",
                                   fields->name[i]);
}

/* Registers that carry something; "-" is one that is left as it is. */
static uint32_t fields_used(const struct fields *fields)
{
    uint32_t used = 0;
    for (uint32_t i = 0; i < fields->count; i++)
        used += strcmp(fields->name[i], "-") != 0;
    return used;
}

static void print_packed(const struct sim_paper *paper, const struct fields *fields)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        if (fields->packed[i] == NULL)
            continue;
        sim_paper_ink(paper, SIM_INK_FAINT);
        printf("       %s packs", fields->name[i]);
        uint32_t bit = 0;
        const char *between = " ";
        for (const char *at = fields->packed[i]; *at != 0;) {
            size_t length = strcspn(at, "|");
            const char *space = memchr(at, ' ', length);
            uint32_t width = space != NULL ? (uint32_t)strtoul(space, NULL, 10) : 0;
            if (space != NULL && at[0] != '-') {
                printf("%s%.*s %u-%u", between, (int)(space - at), at, bit, bit + width - 1);
                between = ", ";
            }
            bit += width;
            at += length + (at[length] != 0);
        }
        sim_paper_ink(paper, SIM_INK_PLAIN);
        printf("\n");
    }
}

static int print_calls(const struct sim_paper *paper)
{
    sim_paper_wrap(paper, SIM_INK_PLAIN, 0, 0,
                   "A call takes its number and at most six argument registers, and returns a "
                   "status and at most three more. The deadline is always the last register. 'in' "
                   "and 'out' count the registers that are used, beside the call's number and the "
                   "status; 'packs' names the bits of one that carries several values.");
    printf("\n");
    sim_paper_format(paper, SIM_INK_TITLE, "%3s  %-22s%-4s%-4s%s\n", "no", "call", "in", "out",
                     "arguments -> results");
    sim_paper_rule(paper, 0);
    const struct k_call_info *call;
    for (uint32_t i = 0; (call = k_call_info(i)) != NULL; i++) {
        struct fields in, out;
        char arguments[256], results[256], line[520];
        fields_split(&in, call->arguments);
        fields_split(&out, call->results);
        fields_join(&in, arguments, sizeof arguments);
        fields_join(&out, results, sizeof results);
        printf("%3u  %-22s%-4u%-4u", call->number, call->name, fields_used(&in), fields_used(&out));
        snprintf(line, sizeof line, "%s%s%s", arguments, results[0] != 0 ? " -> " : "", results);
        sim_paper_wrap(paper, SIM_INK_PLAIN, 35, 37, line);
        print_packed(paper, &in);
        print_packed(paper, &out);
    }
    return SIM_EXIT_OK;
}

/* ---- one command through six registers ----------------------------------------------------- */

/* The example: block 2 of file 5, 4096 bytes, to the start of a buffer. */
static const struct slip_message read_message = {.word = {SIM_FILE_READ, 5, 8192, 4096},
                                                 .words = 4};
static const struct slip_lend read_lend = {.length = 4096, .right = SLIP_LEND_WRITE};

struct part {
    const char *argument; /* of endpoint_submit */
    const char *carries;  /* which of the nine values */
    const char *how;
};

static const struct part parts[] = {
    {"connection", "endpoint, port", "one handle, made once"},
    {"tag", "(the shape)", NULL},
    {"message", "command, file, offset, length", "address of four words"},
    {"lend", "buffer", "address of a range"},
    {"key", "key", "kept by the kernel"},
    {"deadline", "deadline", "of the whole request"},
};

static const struct k_call_info *find_call(const char *name)
{
    const struct k_call_info *call;
    for (uint32_t i = 0; (call = k_call_info(i)) != NULL; i++)
        if (strcmp(call->name, name) == 0)
            return call;
    return NULL;
}

static void read_file_row(struct sim_table *table, uint32_t index, const char *argument)
{
    char tag[80];
    snprintf(tag, sizeof tag, "%#" PRIx64 ": %u bytes, 1 lend",
             slip_message_tag(&read_message, &read_lend), read_message.words * 8);
    const struct part *part = NULL;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strcmp(parts[i].argument, argument) == 0)
            part = &parts[i];
    sim_table_cell(table, SIM_INK_PLAIN, "%u", index + 1);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", argument);
    sim_table_cell(table, SIM_INK_PLAIN, "%s", part != NULL ? part->carries : "-");
    sim_table_cell(table, SIM_INK_PLAIN, "%s",
                   part == NULL        ? "-"
                   : part->how != NULL ? part->how
                                       : tag);
}

static int print_read_file(const struct sim_paper *paper)
{
    static const struct sim_column columns[] = {{"register", SIM_TABLE_RIGHT, NULL},
                                                {"argument", SIM_TABLE_LEFT, NULL},
                                                {"carries", SIM_TABLE_LEFT, NULL},
                                                {"how", SIM_TABLE_WRAP, NULL}};
    const struct k_call_info *call = find_call("endpoint_submit");
    if (call == NULL)
        return SIM_EXIT_FAILED;
    struct fields in;
    fields_split(&in, call->arguments);
    char head[256];
    snprintf(head, sizeof head,
             "\"Read this file\" is nine values: command, file, buffer, offset, length, port, key, "
             "deadline, endpoint. They fit in the six registers of endpoint_submit (call %u):",
             call->number);
    sim_paper_wrap(paper, SIM_INK_PLAIN, 0, 0, head);
    printf("\n");
    struct sim_table *table = sim_table_create(columns, 4);
    for (uint32_t i = 0; i < in.count; i++)
        read_file_row(table, i, in.name[i]);
    sim_table_print(table, paper, 0);
    printf("\nIn a program:\n\n"
           "  slip_endpoint_connect(endpoint, port, &connection);   /* once */\n\n"
           "  struct slip_message read = { .words = 4,\n"
           "                               .word = { READ, file, offset, length } };\n"
           "  struct slip_lend into = { buffer, 0, length, SLIP_LEND_WRITE };\n"
           "  slip_endpoint_submit(connection, &read, &into, key, deadline);\n\n");
    sim_paper_wrap(
        paper, SIM_INK_PLAIN, 0, 0,
        "The completion {key, status, result, source} comes to the port. The range is lent "
        "until then: the server can name it to a device, and cannot touch it afterwards.");
    return SIM_EXIT_OK;
}

static int abi(const struct sim_cli *cli)
{
    static const char *const topics[] = {"read-file"};
    struct sim_paper paper;
    sim_paper_init(&paper, stdout, cli->color);
    if (cli->operand_count == 0)
        return print_calls(&paper);
    if (strcmp(cli->operands[0], topics[0]) != 0)
        return sim_cli_unknown("example", cli->operands[0], topics, 1);
    return print_read_file(&paper);
}

const struct sim_verb sim_verb_abi = {
    .name = "abi",
    .operands = "[read-file]",
    .about = "the system calls and their registers",
    .more =
        "Prints each system call: its number, arguments, the registers that it uses, and what "
        "is packed into one of them. With 'read-file', shows how the nine values of a file read "
        "fit in six registers.",
    .options = SIM_OPTION(COLOR),
    .operands_max = 1,
    .run = abi,
};
