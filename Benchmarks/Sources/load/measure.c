// Clock, chance, histogram, and the processor time of a process as /proc tells it.
#include "load.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

uint64_t now_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

static uint64_t chance_state;

void chance_begin(void) {
    if (getrandom(&chance_state, sizeof chance_state, 0) != sizeof chance_state)
        fail("the system gives no random bytes");
}

// SplitMix64 (Steele, Lea and Flood, 2014).
uint64_t chance(void) {
    uint64_t z = chance_state += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

// Slot s below 2^11 holds the value s. Above, a value v of 11 + shift bits is cut to its first 11,
// which are at least 2^10, and stands in slot shift * 2^10 + (v >> shift).
void histogram_add(struct histogram *histogram, uint64_t ns) {
    const uint64_t most = (1ull << HISTOGRAM_VALUE_BITS) - 1;
    uint64_t value = ns < most ? ns : most;
    int bits = value ? 64 - __builtin_clzll(value) : 0;
    int shift = bits > HISTOGRAM_SUB_BITS + 1 ? bits - HISTOGRAM_SUB_BITS - 1 : 0;
    histogram->counts[((uint64_t)shift << HISTOGRAM_SUB_BITS) + (value >> shift)]++;
    histogram->total++;
    if (ns > histogram->max) histogram->max = ns;
}

uint64_t histogram_quantile(const struct histogram *histogram, double part) {
    // Of n values the k-th, k being the part of n rounded up.
    double exact = part * (double)histogram->total;
    uint64_t wanted = (uint64_t)exact;
    if ((double)wanted < exact || wanted == 0) wanted++;
    uint64_t seen = 0;
    for (uint64_t slot = 0; slot < HISTOGRAM_SLOTS; slot++) {
        seen += histogram->counts[slot];
        if (seen < wanted) continue;
        uint64_t shift = slot >> HISTOGRAM_SUB_BITS;
        if (shift) shift--;
        // The highest value that stands here.
        uint64_t value = ((slot - (shift << HISTOGRAM_SUB_BITS) + 1) << shift) - 1;
        return value < histogram->max ? value : histogram->max;
    }
    return histogram->max;
}

static unsigned long long ticks(int pid, bool with_ended_children) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    text[fread(text, 1, sizeof text - 1, file)] = 0;
    fclose(file);
    // The name may hold spaces and parentheses: what follows its last one is regular.
    const char *rest = strrchr(text, ')');
    unsigned long long user = 0, system = 0;
    long long ended_user = 0, ended_system = 0;
    const char *format = "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu %lld %lld";
    if (!rest || sscanf(rest + 2, format, &user, &system, &ended_user, &ended_system) != 4)
        return 0;
    if (with_ended_children) user += (unsigned long long)(ended_user + ended_system);
    return user + system;
}

static unsigned long long tree_ticks(int pid) {
    unsigned long long sum = ticks(pid, true);
    char path[320];
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *threads = opendir(path);
    if (!threads) return sum;
    // Each of its threads has children of its own.
    for (struct dirent *thread; (thread = readdir(threads));) {
        if (thread->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/proc/%d/task/%s/children", pid, thread->d_name);
        FILE *children = fopen(path, "r");
        if (!children) continue;
        for (int child; fscanf(children, "%d", &child) == 1;) sum += tree_ticks(child);
        fclose(children);
    }
    closedir(threads);
    return sum;
}

double cpu_seconds(int pid, bool tree) {
    if (!pid) return 0;
    return (double)(tree ? tree_ticks(pid) : ticks(pid, false)) / (double)sysconf(_SC_CLK_TCK);
}
