// The processor's own hint, which no Swift module has.

/// Has the processor fetch the cache line at an address, without waiting for it. Any address will
/// do: one that is nobody's is passed over.
static inline void tandem_prefetch(const void *address) { __builtin_prefetch(address); }
