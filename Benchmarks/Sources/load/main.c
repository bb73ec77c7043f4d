// Options, --help, and the report as one JSON object.
#include "load.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "Usage: load MODE --port N [OPTION…]\n"
    "\n"
    "Loads a server on 127.0.0.1 with one kind of request, and prints one JSON object.\n"
    "\n"
    "Modes:\n"
    "  get             Tandem: GetOrder of a random key\n"
    "  list            Tandem: ListUserOrders, the newest 20 of a random key (a user)\n"
    "  place           Tandem: PlaceOrder, always with a fresh idempotency key\n"
    "  redis-get       Redis: GET of PREFIX and a random key\n"
    "  redis-list      Redis: EVALSHA SHA 1 PREFIX and a random key\n"
    "  memcached-get   memcached: get of PREFIX and a random key\n"
    "\n"
    "How much:\n"
    "  --connections N      how many connections (50)\n"
    "  --in-flight N        how many requests are open on each at most (1)\n"
    "  --seconds S          how long it is measured (5; without end if there is --count)\n"
    "  --warm-up S          how long it is loaded before that (0.5; 0 with --count)\n"
    "  --count N            send so many requests in all, and end when all are answered\n"
    "  --rate N             open loop: N requests a second, each sent when it is due; its latency\n"
    "                       counts from then, also while all connections are full\n"
    "  --refill             closed loop: send a request for each answer, instead of the next\n"
    "                       IN_FLIGHT ones in one write when all are answered\n"
    "\n"
    "What:\n"
    "  --keys FIRST:COUNT   ids to choose from (1:1)\n"
    "  --keys-file FILE     the same, one a line\n"
    "  --prefix TEXT        of a key's name in Redis and memcached (o:)\n"
    "  --script SHA         the Redis script's SHA-1, as SCRIPT LOAD prints it\n"
    "  --users FIRST:COUNT, --products FIRST:COUNT, --lines N\n"
    "                       of placed orders (1:100, 1:1000, 4)\n"
    "\n"
    "  --port N             the server's port\n"
    "  --pid N              the server's process: its user and system time a request\n"
    "  --pid-tree           with all its descendants, as PostgreSQL's\n"
    "  --help               this text\n"
    "\n"
    "The report: answers; per_s; bytes and items (documents) an answer; server_cpu_us a request,\n"
    "or null without --pid (the clock behind it ticks every 10 ms: measure seconds); us_p50,\n"
    "us_p90, us_p99, us_p99_9, us_max, from a log-linear histogram with three significant digits;\n"
    "errors, of which the first is told on stderr. Exit codes: 0 measured, 1 it could not be,\n"
    "2 wrong arguments.\n";

void fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("error: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    exit(1);
}

_Noreturn static void fail_usage(const char *what, const char *value) {
    fprintf(stderr, "error: %s%s (see load --help)\n", what, value);
    exit(2);
}

static const char *const mode_names[] = {
    [MODE_GET] = "get",
    [MODE_LIST] = "list",
    [MODE_PLACE] = "place",
    [MODE_REDIS_GET] = "redis-get",
    [MODE_REDIS_LIST] = "redis-list",
    [MODE_MEMCACHED_GET] = "memcached-get",
};

static enum mode mode_named(const char *name) {
    for (int mode = MODE_GET; mode <= MODE_MEMCACHED_GET; mode++)
        if (strcmp(name, mode_names[mode]) == 0) return mode;
    fail_usage("there is no mode ", name);
}

static double number(const char *text, double least, double most, const char *what) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= least && value <= most)) fail_usage(what, text);
    return value;
}

static uint64_t whole(const char *text, double most, const char *what) {
    double value = number(text, 1, most, what);
    if (value != (double)(uint64_t)value) fail_usage(what, text);
    return (uint64_t)value;
}

static struct range range(const char *text) {
    unsigned long long first, count;
    int used = 0;
    if (sscanf(text, "%llu:%llu%n", &first, &count, &used) != 2 || text[used] || !count)
        fail_usage("FIRST:COUNT is needed, not ", text);
    return (struct range){first, count};
}

static void read_keys(struct options *options, const char *path) {
    FILE *file = fopen(path, "r");
    if (!file) fail("cannot read %s", path);
    size_t count = 0, room = 1 << 16;
    uint64_t *list = malloc(room * sizeof *list);
    for (unsigned long long key; list && fscanf(file, "%llu", &key) == 1;) {
        if (count == room) list = realloc(list, (room *= 2) * sizeof *list);
        if (list) list[count++] = key;
    }
    if (!list) fail("there is no memory");
    if (!count || !feof(file)) fail("%s is not a list of numbers", path);
    fclose(file);
    options->key_list = list;
    options->keys = (struct range){0, count};
}

enum {
    CONNECTIONS = 256, IN_FLIGHT, SECONDS, WARM_UP, COUNT, RATE, REFILL, KEYS, KEYS_FILE, PREFIX,
    SCRIPT, USERS, PRODUCTS, LINES, PORT, PID, PID_TREE, HELP,
};

static const struct option long_options[] = {
    {"connections", required_argument, NULL, CONNECTIONS},
    {"in-flight", required_argument, NULL, IN_FLIGHT},
    {"seconds", required_argument, NULL, SECONDS},
    {"warm-up", required_argument, NULL, WARM_UP},
    {"count", required_argument, NULL, COUNT},
    {"rate", required_argument, NULL, RATE},
    {"refill", no_argument, NULL, REFILL},
    {"keys", required_argument, NULL, KEYS},
    {"keys-file", required_argument, NULL, KEYS_FILE},
    {"prefix", required_argument, NULL, PREFIX},
    {"script", required_argument, NULL, SCRIPT},
    {"users", required_argument, NULL, USERS},
    {"products", required_argument, NULL, PRODUCTS},
    {"lines", required_argument, NULL, LINES},
    {"port", required_argument, NULL, PORT},
    {"pid", required_argument, NULL, PID},
    {"pid-tree", no_argument, NULL, PID_TREE},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0},
};

static void set(struct options *options, int option, const char *text) {
    switch (option) {
    case CONNECTIONS: options->connections = (int)whole(text, 1000, "no such number: "); break;
    case IN_FLIGHT: options->in_flight = (int)whole(text, 4096, "no such number: "); break;
    case SECONDS: options->seconds = number(text, 0.01, 86400, "no such time: "); break;
    case WARM_UP: options->warm_up_seconds = number(text, 0, 3600, "no such time: "); break;
    case COUNT: options->count = whole(text, 1e12, "no such number: "); break;
    case RATE: options->rate = number(text, 0.1, 1e7, "no such rate: "); break;
    case REFILL: options->refill = true; break;
    case KEYS: options->keys = range(text); break;
    case KEYS_FILE: read_keys(options, text); break;
    case PREFIX:
        if (strlen(text) > 64) fail_usage("64 bytes at most for ", "--prefix");
        options->prefix = text;
        break;
    case SCRIPT:
        if (strlen(text) != 40) fail_usage("40 hexadecimal digits are needed, not ", text);
        options->script = text;
        break;
    case USERS: options->users = range(text); break;
    case PRODUCTS: options->products = range(text); break;
    case LINES: options->lines = (int)whole(text, 1000, "no such number of lines: "); break;
    case PORT: options->port = (int)whole(text, 65535, "no such port: "); break;
    case PID: options->pid = (int)whole(text, 1 << 30, "no such process id: "); break;
    case PID_TREE: options->pid_tree = true; break;
    case HELP: fputs(help, stdout); exit(0);
    default: exit(2);
    }
}

static struct options parse(int argc, char **argv) {
    struct options options = {
        .connections = 50, .in_flight = 1, .seconds = -1, .warm_up_seconds = -1, .lines = 4,
        .prefix = "o:", .keys = {1, 1}, .users = {1, 100}, .products = {1, 1000},
    };
    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;)
        set(&options, option, optarg);
    if (optind != argc - 1) fail_usage("exactly one MODE is needed", "");
    options.mode = mode_named(argv[optind]);
    if (!options.port) fail_usage("--port is needed", "");
    if (options.mode == MODE_REDIS_LIST && !options.script) fail_usage("--script is needed", "");
    if (options.pid_tree && !options.pid) fail_usage("--pid-tree needs --pid", "");
    if (options.refill && options.rate > 0) fail_usage("--refill is not for an open loop", "");
    if (options.seconds < 0) options.seconds = options.count ? 0 : 5;
    if (options.warm_up_seconds < 0) options.warm_up_seconds = options.count ? 0 : 0.5;
    return options;
}

static void report(const struct options *options, const struct result *result) {
    double answers = (double)result->answers;
    printf("{\"mode\": \"%s\", \"connections\": %d, \"in_flight\": %d, ", mode_names[options->mode],
           options->connections, options->in_flight);
    if (options->rate > 0) printf("\"rate\": %g, ", options->rate);
    printf("\"seconds\": %.3f, \"answers\": %llu, \"per_s\": %.1f, \"bytes\": %.1f, "
           "\"items\": %.2f, ",
           result->seconds, (unsigned long long)result->answers, answers / result->seconds,
           (double)result->bytes / answers, (double)result->items / answers);
    if (options->pid) printf("\"server_cpu_us\": %.3f, ", result->cpu_seconds / answers * 1e6);
    else printf("\"server_cpu_us\": null, ");
    static const struct { const char *name; double part; } quantiles[] = {
        {"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99_9", 0.999}};
    for (size_t i = 0; i < sizeof quantiles / sizeof *quantiles; i++)
        printf("\"us_%s\": %.1f, ", quantiles[i].name,
               (double)histogram_quantile(&result->latency, quantiles[i].part) / 1e3);
    printf("\"us_max\": %.1f, \"errors\": %llu}\n", (double)result->latency.max / 1e3,
           (unsigned long long)result->errors);
}

int main(int argc, char **argv) {
    struct options options = parse(argc, argv);
    static struct result result;
    // A connection that breaks is told as such.
    signal(SIGPIPE, SIG_IGN);
    chance_begin();
    run(&options, &result);
    if (!result.answers || result.seconds <= 0) fail("nothing was answered while it was measured");
    report(&options, &result);
}
