// The allocator's own calls, which no Swift module has.
#if defined(__linux__)
#include <malloc.h>
#include <stdlib.h>
#endif

/// Gives free memory back to the system, as far as the allocator can. Looks through the heap.
static inline void tandem_give_back_memory(void) {
#if defined(__GLIBC__)
    malloc_trim(0);
#endif
}

/// Has the allocator keep less for later: blocks from 256 KiB on go back to the system when they
/// are freed (left alone, glibc raises that up to 32 MiB), and so does what is free at the heap's
/// end from 8 MiB on. A heap of its own for each thread leaves holes in each.
static inline void tandem_tune_memory(int heaps) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
    mallopt(M_ARENA_MAX, heaps);
#endif
}
