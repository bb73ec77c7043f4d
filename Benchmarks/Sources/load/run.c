// Connections and the loop over them: one thread, non-blocking sockets, epoll.
//
// Closed loop: each connection sends IN_FLIGHT requests in one write, and the next ones when all of
// them are answered (`refill`: as each is answered). A latency counts from the write.
//
// Open loop: request i is due at its time, begin + i / RATE, and goes out on the next connection
// that has room. A latency counts from when the request was due, also if it had to wait for room:
// a server that stands still for a second is blamed for all requests of that second, not for one
// (no coordinated omission).
#include "load.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

enum { IN_BYTES_FIRST = 256 << 10, IN_BYTES_MAX = 16 << 20, EVENTS_MAX = 256 };
static const uint64_t second_ns = 1000000000u, patience_ns = 30 * 1000000000ull;

struct connection {
    int fd;
    // A request has a slot from when it is sent until its final answer: there its due time stands.
    uint64_t *due_ns;
    uint32_t *free_slots, free_count;
    uint32_t sent, answered;
    unsigned char *in, *out;
    size_t in_bytes, in_room, out_begin, out_end, out_room;
    bool waits_to_write;
};

struct loop {
    const struct options *options;
    struct result *result;
    enum protocol protocol;
    int slot_bits, epoll, timer;
    struct connection *connections;
    int next_connection;
    uint64_t begin_ns, measure_ns, end_ns, last_answer_ns;
    uint64_t scheduled, left, open;
    double cpu_seconds;
    bool is_measuring, was_error_told;
};

static void tell_error(struct loop *loop, const char *text, size_t bytes) {
    if (loop->was_error_told) return;
    loop->was_error_told = true;
    fputs("first error: ", stderr);
    // Of protobuf bytes the words can be read.
    for (size_t i = 0; i < bytes && i < 300; i++)
        fputc(text[i] >= ' ' && text[i] < 127 ? text[i] : ' ', stderr);
    fputc('\n', stderr);
}

static void flush_out(struct loop *loop, struct connection *c) {
    while (c->out_begin < c->out_end) {
        ssize_t n = write(c->fd, c->out + c->out_begin, c->out_end - c->out_begin);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) break;
        if (n <= 0) fail("a connection broke while writing: %s", strerror(errno));
        c->out_begin += (size_t)n;
    }
    if (c->out_begin == c->out_end) c->out_begin = c->out_end = 0;
    bool waits = c->out_end > 0;
    if (waits == c->waits_to_write) return;
    c->waits_to_write = waits;
    struct epoll_event event = {.events = EPOLLIN | (waits ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(loop->epoll, EPOLL_CTL_MOD, c->fd, &event);
}

// Room for so many more bytes to send.
static unsigned char *reserve_out(struct connection *c, size_t bytes) {
    if (c->out_end + bytes > c->out_room) {
        c->out_room = (c->out_end + bytes) * 2;
        c->out = realloc(c->out, c->out_room);
        if (!c->out) fail("there is no memory");
    }
    return c->out + c->out_end;
}

static void add_request(struct loop *loop, struct connection *c, uint64_t due_ns) {
    uint32_t slot, sequence = c->sent++;
    if (loop->protocol == PROTOCOL_TANDEM) slot = c->free_slots[--c->free_count];
    else { slot = sequence % (uint32_t)loop->options->in_flight; c->free_count--; }
    c->due_ns[slot] = due_ns;
    // Ascending, as the protocol has it, and the slot can be read off it.
    if (sequence + 1 >= UINT32_MAX >> loop->slot_bits)
        fail("a connection is out of stream ids: use more --connections, or fewer --in-flight");
    uint32_t stream = (sequence + 1) << loop->slot_bits | slot;
    unsigned char *at = reserve_out(c, request_bytes_max(loop->options));
    c->out_end += put_request(at, loop->options, stream);
    loop->left--;
    loop->open++;
}

static void fill(struct loop *loop, struct connection *c, uint64_t now) {
    bool may = loop->options->refill || c->free_count == (uint32_t)loop->options->in_flight;
    if (!may || !loop->left) return;
    while (c->free_count && loop->left) add_request(loop, c, now);
}

static uint64_t due_of(const struct loop *loop, uint64_t index) {
    return loop->begin_ns + (uint64_t)((double)index / loop->options->rate * 1e9);
}

// Sends what is due by now, as far as there is room, and has itself woken for the next one.
static void send_due(struct loop *loop, uint64_t now) {
    int count = loop->options->connections;
    uint64_t due = due_of(loop, loop->scheduled);
    while (due <= now && loop->left) {
        int tried = 0;
        struct connection *c;
        do {
            c = &loop->connections[loop->next_connection];
            loop->next_connection = (loop->next_connection + 1) % count;
        } while (!c->free_count && ++tried < count);
        if (!c->free_count) break;
        add_request(loop, c, due);
        due = due_of(loop, ++loop->scheduled);
    }
    for (int i = 0; i < count; i++)
        if (loop->connections[i].out_end) flush_out(loop, &loop->connections[i]);
    // If it is late for want of room, an answer wakes it instead.
    if (!loop->left || due <= now) return;
    struct itimerspec when = {.it_value = {(time_t)(due / second_ns), (long)(due % second_ns)}};
    timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &when, NULL);
}

static void note_answer(struct loop *loop, struct connection *c, const struct answer *answer,
                        uint64_t now) {
    struct result *result = loop->result;
    bool is_error = answer->kind == ANSWER_ERROR;
    if (answer->kind == ANSWER_ITEM) {
        result->items += answer->items;
        result->bytes += answer->bytes;
        return;
    }
    uint32_t slot = c->answered % (uint32_t)loop->options->in_flight;
    if (loop->protocol == PROTOCOL_TANDEM) {
        slot = answer->stream & ((1u << loop->slot_bits) - 1);
        if (slot >= (uint32_t)loop->options->in_flight) fail("an answer to nothing");
        c->free_slots[c->free_count] = slot;
    }
    c->free_count++;
    c->answered++;
    loop->open--;
    loop->last_answer_ns = now;
    if (is_error) tell_error(loop, answer->text, answer->text_bytes);
    uint64_t due = c->due_ns[slot];
    if (!loop->is_measuring || (loop->options->rate > 0 && due < loop->measure_ns)) return;
    result->answers++;
    result->errors += is_error;
    result->items += answer->items;
    result->bytes += answer->bytes;
    histogram_add(&result->latency, now > due ? now - due : 0);
}

// All answers that have come whole.
static void take_answers(struct loop *loop, struct connection *c, uint64_t now) {
    size_t done = 0;
    while (done < c->in_bytes) {
        struct answer answer = next_answer(loop->protocol, c->in + done, c->in_bytes - done);
        if (answer.kind == ANSWER_PARTIAL) break;
        if (answer.kind == ANSWER_END) {
            tell_error(loop, answer.text, answer.text_bytes);
            fail("the server ends the connection");
        }
        if (answer.kind == ANSWER_PING) c->out_end += put_pong(reserve_out(c, 64), answer.text);
        else if (answer.kind != ANSWER_OTHER) note_answer(loop, c, &answer, now);
        done += answer.bytes;
    }
    c->in_bytes -= done;
    if (done && c->in_bytes) memmove(c->in, c->in + done, c->in_bytes);
}

static void read_some(struct loop *loop, struct connection *c) {
    if (c->in_bytes == c->in_room) {
        if (c->in_room >= IN_BYTES_MAX) fail("an answer is too long");
        c->in_room *= 2;
        c->in = realloc(c->in, c->in_room);
        if (!c->in) fail("there is no memory");
    }
    ssize_t n = read(c->fd, c->in + c->in_bytes, c->in_room - c->in_bytes);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) fail("a connection broke while reading: %s", strerror(errno));
    if (n == 0) fail("the server has closed a connection");
    c->in_bytes += (size_t)n;
    uint64_t now = now_ns();
    take_answers(loop, c, now);
    if (loop->options->rate == 0) fill(loop, c, now);
    // A PONG, if nothing else.
    if (c->out_end) flush_out(loop, c);
}

static void shake_hands(struct connection *c, enum mode mode) {
    unsigned char hello[256];
    size_t bytes = put_hello(hello, mode);
    if (write(c->fd, hello, bytes) != (ssize_t)bytes) fail("no handshake: %s", strerror(errno));
    struct answer welcome;
    while ((welcome = next_answer(PROTOCOL_TANDEM, c->in, c->in_bytes)).kind == ANSWER_PARTIAL) {
        if (c->in_bytes == c->in_room) fail("the server's WELCOME is too long");
        ssize_t n = read(c->fd, c->in + c->in_bytes, c->in_room - c->in_bytes);
        if (n <= 0) fail("the server ended the handshake; is it Tandem's port for this mode?");
        c->in_bytes += (size_t)n;
    }
    if (welcome.kind != ANSWER_OTHER || c->in[4] != 2)
        fail("the server did not answer the handshake with WELCOME; is it the port for this mode?");
    c->in_bytes = 0;
}

static void open_connection(struct loop *loop, struct connection *c) {
    const struct options *options = loop->options;
    size_t slots = (size_t)options->in_flight;
    c->in_room = IN_BYTES_FIRST;
    c->in = malloc(c->in_room);
    c->due_ns = calloc(slots, sizeof *c->due_ns);
    c->free_slots = calloc(slots, sizeof *c->free_slots);
    if (!c->in || !c->due_ns || !c->free_slots) fail("there is no memory");
    for (size_t i = 0; i < slots; i++) c->free_slots[i] = (uint32_t)i;
    c->free_count = (uint32_t)slots;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)options->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    int on = 1;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->fd < 0) fail("no socket: %s", strerror(errno));
    if (connect(c->fd, (struct sockaddr *)&address, sizeof address))
        fail("cannot connect to 127.0.0.1:%d: %s", options->port, strerror(errno));
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (loop->protocol == PROTOCOL_TANDEM) shake_hands(c, options->mode);
    fcntl(c->fd, F_SETFL, O_NONBLOCK);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, c->fd, &event);
}

static void begin(struct loop *loop) {
    const struct options *options = loop->options;
    while (1 << loop->slot_bits < options->in_flight) loop->slot_bits++;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    loop->connections = calloc((size_t)options->connections, sizeof *loop->connections);
    if (loop->epoll < 0 || loop->timer < 0 || !loop->connections) fail("there is no room for it");
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->timer, &event);
    for (int i = 0; i < options->connections; i++) open_connection(loop, &loop->connections[i]);
    loop->begin_ns = loop->last_answer_ns = now_ns();
    loop->measure_ns = loop->begin_ns + (uint64_t)(options->warm_up_seconds * 1e9);
    loop->end_ns = options->seconds > 0
        ? loop->measure_ns + (uint64_t)(options->seconds * 1e9) : UINT64_MAX;
    loop->left = options->count ? options->count : UINT64_MAX;
    if (options->rate > 0 && options->seconds > 0) {
        // What is due before the end, and no more.
        double all = (options->warm_up_seconds + options->seconds) * options->rate;
        if (all < (double)loop->left) loop->left = (uint64_t)all;
    }
    if (options->rate > 0) send_due(loop, loop->begin_ns);
    else for (int i = 0; i < options->connections; i++) {
        fill(loop, &loop->connections[i], loop->begin_ns);
        flush_out(loop, &loop->connections[i]);
    }
}

static void begin_measuring(struct loop *loop) {
    loop->is_measuring = true;
    memset(loop->result, 0, sizeof *loop->result);
    loop->cpu_seconds = cpu_seconds(loop->options->pid, loop->options->pid_tree);
    // The same instant for both, in the open loop the one of the schedule.
    if (loop->options->rate == 0) loop->measure_ns = now_ns();
}

static bool is_over(struct loop *loop, uint64_t now) {
    if (!loop->left && !loop->open) return true;
    if (now >= loop->end_ns && loop->options->rate == 0) return true;
    if (now < loop->last_answer_ns + patience_ns) return false;
    if (!loop->open) {
        // Nothing was due for so long.
        loop->last_answer_ns = now;
        return false;
    }
    fail("%llu requests have got no answer for 30 s", (unsigned long long)loop->open);
}

void run(const struct options *options, struct result *result) {
    struct loop loop = {
        .options = options, .result = result, .protocol = protocol_of(options->mode)};
    begin(&loop);
    uint64_t now = loop.begin_ns;
    for (;;) {
        if (!loop.is_measuring && now >= loop.measure_ns) begin_measuring(&loop);
        if (is_over(&loop, now)) break;
        uint64_t until = loop.is_measuring ? loop.end_ns : loop.measure_ns;
        uint64_t wait_ms = until > now ? (until - now) / 1000000 + 1 : 100;
        struct epoll_event events[EVENTS_MAX];
        int count = epoll_wait(loop.epoll, events, EVENTS_MAX, wait_ms < 100 ? (int)wait_ms : 100);
        if (count < 0 && errno != EINTR) fail("epoll: %s", strerror(errno));
        for (int i = 0; i < count; i++) {
            struct connection *c = events[i].data.ptr;
            uint64_t expirations;
            if (!c) (void)!read(loop.timer, &expirations, sizeof expirations);
            else if (events[i].events & ~(uint32_t)EPOLLOUT) read_some(&loop, c);
            if (c && events[i].events & EPOLLOUT) flush_out(&loop, c);
        }
        now = now_ns();
        if (options->rate > 0) send_due(&loop, now);
    }
    // A schedule lasts as long as it takes to answer it; a closed loop ends with its time.
    uint64_t ended = options->rate > 0 || options->count ? loop.last_answer_ns : now;
    if (options->rate > 0 && options->seconds > 0 && loop.end_ns > ended) ended = loop.end_ns;
    result->seconds = ended > loop.measure_ns ? (double)(ended - loop.measure_ns) / 1e9 : 0;
    result->cpu_seconds =
        cpu_seconds(options->pid, options->pid_tree) - loop.cpu_seconds;
}
