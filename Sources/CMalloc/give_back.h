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

/// Has the allocator keep less for later: blocks from 1 MiB on go back to the system when they are
/// freed (left alone, glibc raises that up to 32 MiB), and so does what is free at a heap's end from
/// 8 MiB on.
static inline void tandem_tune_memory(void) {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    mallopt(M_TRIM_THRESHOLD, 8 << 20);
#endif
}
