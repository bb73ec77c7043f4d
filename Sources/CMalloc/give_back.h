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
