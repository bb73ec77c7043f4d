#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

// The bytes of a key as memory. The pointers are valid inside the closures only.
extension DocumentKey {
    /// The bytes as an array.
    public var bytes: [UInt8] {
        unsafe withUnsafeBytes { unsafe Array($0) }
    }

    /// Whether the key starts with all bytes of another; every key starts with the empty one.
    public func hasPrefix(_ prefix: DocumentKey) -> Bool {
        let count = prefix.byteCount
        guard count <= byteCount else { return false }
        // In C: asked for each document of a page.
        return unsafe Swift.withUnsafeBytes(of: words) { own in
            unsafe Swift.withUnsafeBytes(of: prefix.words) { other in
                guard let left = own.baseAddress, let right = other.baseAddress else { return true }
                return unsafe memcmp(left, right, count) == 0
            }
        }
    }

    /// Lends the key's bytes: ``byteCount`` of them.
    @unsafe public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let byteCount = byteCount
        return try unsafe Swift.withUnsafeBytes(of: words) { all throws(Failure) in
            try unsafe body(UnsafeRawBufferPointer(rebasing: all[..<byteCount]))
        }
    }

    /// Writes the key's bytes to memory that has room for them.
    @unsafe func copy(to target: UnsafeMutableRawPointer) {
        unsafe withUnsafeBytes { bytes in
            if let source = bytes.baseAddress {
                unsafe target.copyMemory(from: source, byteCount: bytes.count)
            }
        }
    }

    /// Lends all 48 bytes to write into. Who writes keeps those after `count` zero.
    @unsafe mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) -> Result
    ) -> Result {
        unsafe Swift.withUnsafeMutableBytes(of: &words) { unsafe body($0) }
    }

    /// The key filled up to a width with one byte, or cut off there: a bound of a range of an
    /// index whose keys all have this width.
    func bound(byteCount width: Int, fill: UInt8) -> DocumentKey {
        var bytes = words
        let kept = min(byteCount, width)
        return unsafe Swift.withUnsafeMutableBytes(of: &bytes) { all in
            for offset in kept..<max(kept, width) { unsafe all[offset] = fill }
            guard let base = all.baseAddress else { return self }
            return unsafe DocumentKey(copying: UnsafeRawPointer(base), byteCount: width)
        }
    }
}
