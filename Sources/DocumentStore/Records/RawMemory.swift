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

    /// What a block of so many bytes takes from the machine: glibc keeps 8 bytes of its own in
    /// front of each block and rounds up to 16, at least 32. Other allocators differ little.
    static func byteCount(ofBlock byteCount: Int) -> Int {
        max(32, (byteCount + 8 + 15) & ~15)
    }
}
