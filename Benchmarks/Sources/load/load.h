// load: a lean load generator for both sides of a comparison, so that neither pays for its client.
//
//   main.c     options, --help, the report
//   run.c      connections and the epoll loop: closed loop, or open loop on a schedule
//   wire.c     requests and answers: Tandem's frames, Redis' protocol, memcached's text protocol
//   measure.c  clock, histogram, the server's processor time
#ifndef LOAD_H
#define LOAD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What goes over the wire; each mode speaks one protocol.
enum mode {
    MODE_GET,
    MODE_LIST,
    MODE_PLACE,
    MODE_REDIS_GET,
    MODE_REDIS_LIST,
    MODE_MEMCACHED_GET,
};

enum protocol { PROTOCOL_TANDEM, PROTOCOL_REDIS, PROTOCOL_MEMCACHED };

struct range {
    uint64_t first, count;
};

struct options {
    enum mode mode;
    int port, connections, in_flight;
    double seconds, warm_up_seconds;
    double rate;          // Requests a second by the schedule; 0: closed loop.
    uint64_t count;       // So many requests in all, then the end; 0: as the time allows.
    bool refill;          // In the closed loop, do not wait until all of a batch are answered.
    int pid;              // The server's; 0: its processor time is not asked for.
    bool pid_tree;        // Its descendants' time, too.
    struct range keys;    // Of ids, unless there is a list.
    uint64_t *key_list;
    const char *prefix;   // Of the key's name, where it has one.
    const char *script;   // SHA-1 of the Redis script.
    struct range users, products;
    int lines;            // Of a placed order.
};

// Ends the program with a sentence on stderr.
_Noreturn void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

// measure.c

uint64_t now_ns(void);

// User and system time so far, in seconds; with `tree` that of all descendants, living and ended.
double cpu_seconds(int pid, bool tree);

// A log-linear histogram as HdrHistogram's: exact below 2,048 ns, above to a part in 1,024, which
// is three significant digits; up to 2^40 ns, 18 minutes.
enum { HISTOGRAM_SUB_BITS = 10, HISTOGRAM_VALUE_BITS = 40 };
enum { HISTOGRAM_SLOTS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS };

struct histogram {
    uint64_t total, max;
    uint64_t counts[HISTOGRAM_SLOTS];
};

void histogram_add(struct histogram *histogram, uint64_t ns);
// The value that so large a part of all values is not above; 0 if there are none.
uint64_t histogram_quantile(const struct histogram *histogram, double part);

// Fresh in every run, so that no idempotency key comes twice.
uint64_t chance(void);
void chance_begin(void);

// wire.c

enum answer_kind {
    ANSWER_PARTIAL,  // Not all of it is there.
    ANSWER_ITEM,     // One document of several; more comes.
    ANSWER_FINAL,    // The call has ended well.
    ANSWER_ERROR,    // It has ended with an error, or found nothing.
    ANSWER_PING,     // Tandem's; the eight bytes of `text` go back.
    ANSWER_OTHER,    // To be skipped.
    ANSWER_END,      // The server ends the connection, or is not understood.
};

struct answer {
    enum answer_kind kind;
    size_t bytes;      // All of it, header included.
    uint32_t stream;   // Tandem's; elsewhere answers come in the order of the requests.
    uint32_t items;    // Documents in it.
    const char *text;  // Of an error, an end or a ping.
    size_t text_bytes;
};

enum protocol protocol_of(enum mode mode);
// No request is longer.
size_t request_bytes_max(const struct options *options);
// Writes a request of a random key; how many bytes.
size_t put_request(unsigned char *at, const struct options *options, uint32_t stream);
// The first answer of what has come.
struct answer next_answer(enum protocol protocol, const unsigned char *at, size_t have);
// Tandem's preface and HELLO, of 256 bytes at most.
size_t put_hello(unsigned char *at, enum mode mode);
// Tandem's PONG to a ping's eight bytes: 24 bytes.
size_t put_pong(unsigned char *at, const char *eight);

// run.c

struct result {
    double seconds;     // Measured, without the warm-up.
    double cpu_seconds;
    uint64_t answers, errors, items, bytes;
    struct histogram latency;
};

// Loads the server, and fills the result in.
void run(const struct options *options, struct result *result);

#endif
