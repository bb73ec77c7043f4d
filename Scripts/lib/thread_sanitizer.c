// Tells ThreadSanitizer who had a Mutex of Synchronization before. It sees a Mutex that is free
// being taken, which is inlined; not one that somebody has: the library, which is built without it,
// waits in the kernel, and that hands the Mutex over. thread_sanitizer.sh preloads this.
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

// Of the program, if it was built with ThreadSanitizer.
extern void __tsan_acquire(void *address) __attribute__((weak));

// Synchronization._MutexHandle._lockSlow(UInt32), of Swift 6.3 on Linux.
__attribute__((swiftcall)) void lock_slow(
    uint32_t thread, __attribute__((swift_context)) _Atomic(uint32_t) *owner)
    __asm__("$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF");

// Nobody sleeps here, so each unlocking takes the way that is inlined, too.
__attribute__((swiftcall)) void lock_slow(
    uint32_t thread, __attribute__((swift_context)) _Atomic(uint32_t) *owner) {
    uint32_t nobody = 0;
    while (!atomic_compare_exchange_weak(owner, &nobody, thread)) {
        nobody = 0;
        sched_yield();
    }
    if (__tsan_acquire) __tsan_acquire(owner);
}
