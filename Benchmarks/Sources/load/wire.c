// Requests and answers. Tandem's frames are Protocol/SPEC.md's: a length of 4 bytes, big-endian,
// then type, flags, a (2 bytes), stream (4), b (4), a metadata block if flag 1 is set, and a body.
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH_BYTES = 4, HEADER_BYTES = 16, LINE_BYTES_MAX = 16, NAME_BYTES_MAX = 128 };
enum frame_type { HELLO = 1, WELCOME, REQUEST, RESPONSE, ITEM, END, ERROR };
enum later_frame_type { PING = 0x0A, PONG, GOAWAY };

static const char *const tandem_methods[] = {
    [MODE_GET] = "tandem.orders.v1.OrderQueries/GetOrder",
    [MODE_LIST] = "tandem.orders.v1.OrderQueries/ListUserOrders",
    [MODE_PLACE] = "tandem.orders.v1.OrderCommands/PlaceOrder",
};

enum protocol protocol_of(enum mode mode) {
    switch (mode) {
    case MODE_GET:
    case MODE_LIST:
    case MODE_PLACE: return PROTOCOL_TANDEM;
    case MODE_REDIS_GET:
    case MODE_REDIS_LIST: return PROTOCOL_REDIS;
    case MODE_MEMCACHED_GET: return PROTOCOL_MEMCACHED;
    }
    abort();
}

static void put32(unsigned char *at, uint32_t value) {
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> (24 - 8 * i));
}

static uint32_t get32(const unsigned char *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

// Protobuf's variable-length integer.
static size_t put_varint(unsigned char *at, uint64_t value) {
    size_t n = 0;
    for (; value > 127; value >>= 7) at[n++] = (unsigned char)(value | 128);
    at[n++] = (unsigned char)value;
    return n;
}

static size_t put_number(unsigned char *at, int field, uint64_t value) {
    at[0] = (unsigned char)(field << 3);
    return 1 + put_varint(at + 1, value);
}

static size_t put_bytes(unsigned char *at, int field, const void *bytes, size_t count) {
    size_t n = 1;
    at[0] = (unsigned char)(field << 3 | 2);
    n += put_varint(at + n, count);
    memcpy(at + n, bytes, count);
    return n + count;
}

// Of a frame that ends at `end`.
static void put_header(unsigned char *at, int type, bool has_metadata, uint32_t stream,
                       size_t end) {
    memset(at, 0, HEADER_BYTES);
    put32(at, (uint32_t)(end - LENGTH_BYTES));
    at[4] = (unsigned char)type;
    at[5] = has_metadata;
    put32(at + 8, stream);
}

static uint64_t one_of(struct range range) { return range.first + chance() % range.count; }

static uint64_t random_key(const struct options *options) {
    if (options->key_list) return options->key_list[chance() % options->keys.count];
    return one_of(options->keys);
}

// A metadata block with one entry: an idempotency key, a random UUID of version 4.
static size_t put_key(unsigned char *at) {
    memcpy(at, "\x00\x13\x02\x00\x10", 5);
    uint64_t halves[2] = {chance(), chance()};
    memcpy(at + 5, halves, 16);
    at[5 + 6] = (at[5 + 6] & 0x0F) | 0x40;
    at[5 + 8] = (at[5 + 8] & 0x3F) | 0x80;
    return 5 + 16;
}

static size_t put_order(unsigned char *at, const struct options *options) {
    size_t n = put_number(at, 2, one_of(options->users));
    for (int line = 0; line < options->lines; line++) {
        unsigned char body[LINE_BYTES_MAX];
        size_t bytes = put_number(body, 1, one_of(options->products));
        bytes += put_number(body + bytes, 2, 1 + chance() % 5);
        n += put_bytes(at + n, 3, body, bytes);
    }
    return n + put_bytes(at + n, 4, "USD", 3);
}

static size_t put_call(unsigned char *at, const struct options *options, uint32_t stream) {
    bool is_command = options->mode == MODE_PLACE;
    size_t n = HEADER_BYTES;
    if (is_command) {
        n += put_key(at + n);
        n += put_order(at + n, options);
    } else {
        n += put_number(at + n, 1, random_key(options));
        if (options->mode == MODE_LIST) n += put_number(at + n, 3, 20);
    }
    put_header(at, REQUEST, is_command, stream, n);
    return n;
}

size_t request_bytes_max(const struct options *options) {
    return 256 + NAME_BYTES_MAX + (size_t)options->lines * (LINE_BYTES_MAX + 2);
}

size_t put_request(unsigned char *at, const struct options *options, uint32_t stream) {
    if (protocol_of(options->mode) == PROTOCOL_TANDEM) return put_call(at, options, stream);
    char name[NAME_BYTES_MAX];
    int length = snprintf(name, sizeof name, "%s%llu", options->prefix,
                          (unsigned long long)random_key(options));
    char *text = (char *)at;
    if (options->mode == MODE_MEMCACHED_GET) return (size_t)sprintf(text, "get %s\r\n", name);
    if (options->mode == MODE_REDIS_GET)
        return (size_t)sprintf(text, "*2\r\n$3\r\nGET\r\n$%d\r\n%s\r\n", length, name);
    return (size_t)sprintf(text, "*4\r\n$7\r\nEVALSHA\r\n$40\r\n%s\r\n$1\r\n1\r\n$%d\r\n%s\r\n",
                           options->script, length, name);
}

size_t put_hello(unsigned char *at, enum mode mode) {
    static const unsigned char preface[7] = {0xF4, 'T', 'N', 'D', '\r', '\n', 1};
    const char *method = tandem_methods[mode];
    memcpy(at, preface, sizeof preface);
    at[7] = mode == MODE_PLACE ? 1 : 2;
    unsigned char *frame = at + 8;
    size_t n = HEADER_BYTES;
    n += put_bytes(frame + n, 2, "zlib", 4);
    n += put_bytes(frame + n, 3, method, strlen(method));
    // So much credit for each stream that none ever needs more.
    n += put_number(frame + n, 7, 1u << 30);
    put_header(frame, HELLO, false, 0, n);
    return 8 + n;
}

size_t put_pong(unsigned char *at, const char *eight) {
    put_header(at, PONG, false, 0, HEADER_BYTES + 8);
    memcpy(at + HEADER_BYTES, eight, 8);
    return HEADER_BYTES + 8;
}

static struct answer next_frame(const unsigned char *at, size_t have) {
    struct answer answer = {.kind = ANSWER_PARTIAL};
    if (have < LENGTH_BYTES) return answer;
    answer.bytes = get32(at) + (size_t)LENGTH_BYTES;
    if (answer.bytes < HEADER_BYTES) {
        answer.kind = ANSWER_END;
        answer.text = "a frame that is none";
        answer.text_bytes = strlen(answer.text);
    }
    if (answer.kind == ANSWER_END || have < answer.bytes) return answer;
    answer.stream = get32(at + 8);
    answer.text = (const char *)at + HEADER_BYTES;
    answer.text_bytes = answer.bytes - HEADER_BYTES;
    switch (at[4]) {
    case ITEM:
        answer.items = 1;
        answer.kind = ANSWER_ITEM;
        break;
    case RESPONSE:
        answer.items = 1;
        answer.kind = ANSWER_FINAL;
        break;
    case END: answer.kind = ANSWER_FINAL; break;
    case ERROR: answer.kind = ANSWER_ERROR; break;
    case PING: answer.kind = answer.text_bytes == 8 ? ANSWER_PING : ANSWER_END; break;
    case GOAWAY: answer.kind = ANSWER_END; break;
    default: answer.kind = ANSWER_OTHER;
    }
    return answer;
}

// A line's bytes, its line feed included; 0 if it is not all there.
static size_t line_bytes(const unsigned char *at, size_t have) {
    const unsigned char *end = memchr(at, '\n', have);
    return end ? (size_t)(end - at) + 1 : 0;
}

// The number behind the first `skip` bytes of a line; -1 if there is none.
static long number_in(const unsigned char *at, size_t skip, size_t bytes) {
    char digits[24];
    size_t count = bytes - skip < sizeof digits ? bytes - skip : sizeof digits - 1;
    memcpy(digits, at + skip, count);
    digits[count] = 0;
    char *end;
    long number = strtol(digits, &end, 10);
    return end == digits ? -1 : number;
}

static struct answer next_redis_value(const unsigned char *at, size_t have) {
    struct answer answer = {.kind = ANSWER_PARTIAL};
    size_t bytes = line_bytes(at, have);
    if (!bytes) return answer;
    long count;
    switch (at[0]) {
    case '-':
        return (struct answer){ANSWER_ERROR, bytes, 0, 0, (const char *)at, bytes};
    case '$':
        count = number_in(at, 1, bytes);
        if (count < 0)
            return (struct answer){ANSWER_ERROR, bytes, 0, 0, "there is no such key", 20};
        bytes += (size_t)count + 2;
        if (have < bytes) return answer;
        return (struct answer){ANSWER_FINAL, bytes, 0, 1, NULL, 0};
    case '*':
        count = number_in(at, 1, bytes);
        answer = (struct answer){ANSWER_FINAL, bytes, 0, 0, NULL, 0};
        for (; count > 0; count--) {
            struct answer one = next_redis_value(at + answer.bytes, have - answer.bytes);
            if (one.kind == ANSWER_PARTIAL || one.kind == ANSWER_END) return one;
            if (one.kind == ANSWER_ERROR) {
                answer.kind = ANSWER_ERROR;
                answer.text = one.text;
                answer.text_bytes = one.text_bytes;
            }
            answer.bytes += one.bytes;
            answer.items += one.items;
        }
        return answer;
    case '+':
    case ':': return (struct answer){ANSWER_FINAL, bytes, 0, 1, NULL, 0};
    default: return (struct answer){ANSWER_END, bytes, 0, 0, (const char *)at, bytes};
    }
}

// `VALUE key flags count\r\n`, that many bytes, `\r\nEND\r\n`; `END\r\n` alone: not there.
static struct answer next_memcached_value(const unsigned char *at, size_t have) {
    struct answer answer = {.kind = ANSWER_PARTIAL};
    size_t bytes = line_bytes(at, have);
    if (!bytes) return answer;
    if (bytes == 5 && memcmp(at, "END\r\n", 5) == 0)
        return (struct answer){ANSWER_ERROR, bytes, 0, 0, "there is no such key", 20};
    if (bytes < 6 || memcmp(at, "VALUE ", 6) != 0)
        return (struct answer){ANSWER_END, bytes, 0, 0, (const char *)at, bytes};
    size_t last = bytes;
    while (last > 6 && at[last - 1] != ' ') last--;
    long count = number_in(at, last, bytes);
    if (count < 0) return (struct answer){ANSWER_END, bytes, 0, 0, (const char *)at, bytes};
    bytes += (size_t)count + strlen("\r\nEND\r\n");
    if (have < bytes) return answer;
    return (struct answer){ANSWER_FINAL, bytes, 0, 1, NULL, 0};
}

struct answer next_answer(enum protocol protocol, const unsigned char *at, size_t have) {
    switch (protocol) {
    case PROTOCOL_TANDEM: return next_frame(at, have);
    case PROTOCOL_REDIS: return next_redis_value(at, have);
    case PROTOCOL_MEMCACHED: return next_memcached_value(at, have);
    }
    abort();
}
