/// Deflates whole buffers without a dictionary: for tests and tools, by the plain format.
package enum ZlibBatch {
    /// The zlib stream of `raw`, which is smaller than 4 GiB.
    ///
    /// - Parameter level: 1 (fast) to 9 (small).
    package static func deflate(_ raw: [UInt8], level: Int32 = 1) -> [UInt8] {
        let stream = DeflateStream(
            DeflateParameters(level: level, windowBits: 15, memoryLevel: 8), memory: ZlibMemory())
        return unsafe stream.finish(raw.span.bytes)
    }
}
