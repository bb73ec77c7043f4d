// Blocks from the C allocator, and what they cost.
#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

enum RawMemory {
    /// A block aligned for any word. Running out of memory ends the process, as everywhere in
    /// Swift.
    @unsafe static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        guard let block = unsafe malloc(max(byteCount, 1)) else {
            preconditionFailure("The machine has no memory left for the documents.")
        }
        return unsafe block
    }

    @unsafe static func free(_ block: UnsafeMutableRawPointer) {
        #if canImport(Glibc)
            unsafe Glibc.free(block)
        #elseif canImport(Musl)
            unsafe Musl.free(block)
        #else
            unsafe Darwin.free(block)
        #endif
    }

    /// A large table that is read at random, on huge pages where the system has them: a look-up
    /// then rarely misses the processor's address cache, which costs as much as missing the data.
    @unsafe static func allocateTable<Element>(
        of type: Element.Type, capacity: Int
    ) -> UnsafeMutablePointer<Element> {
        let byteCount = capacity * MemoryLayout<Element>.stride
        let block = unsafe block(forTableOf: byteCount)
        return unsafe block.bindMemory(to: Element.self, capacity: capacity)
    }

    private static let hugePageByteCount = 2 << 20

    private static func block(forTableOf byteCount: Int) -> UnsafeMutableRawPointer {
        #if os(Linux)
            guard byteCount >= 2 * hugePageByteCount else {
                return unsafe allocate(byteCount: byteCount)
            }
            var block: UnsafeMutableRawPointer?
            guard unsafe posix_memalign(&block, hugePageByteCount, byteCount) == 0,
                let block = unsafe block
            else { return unsafe allocate(byteCount: byteCount) }
            // Advice only: where it is not taken, the table works as well, a little slower.
            _ = unsafe madvise(block, byteCount, MADV_HUGEPAGE)
            return unsafe block
        #else
            return unsafe allocate(byteCount: byteCount)
        #endif
    }

    /// What a block of so many bytes takes from the machine: glibc keeps 8 bytes of its own in
    /// front of each block and rounds up to 16, at least 32. Other allocators differ little.
    static func byteCount(ofBlock byteCount: Int) -> Int {
        max(32, (byteCount + 8 + 15) & ~15)
    }
}
