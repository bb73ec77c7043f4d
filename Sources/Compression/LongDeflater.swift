/// Deflates long documents, one after the other, with one dictionary, by zlib.
///
/// Feeding the dictionary to zlib for each document costs more than some KiB of it do, since zlib
/// hashes every byte of it. Here it is fed once, and each document starts from a copy of that
/// state (`deflateCopy`).
final class LongDeflater {
    private let start: DeflateStream
    private let work: DeflateStream

    /// Between fast and small. Of 12,000 real orders of 420 bytes and a dictionary of 32 KiB zlib's
    /// levels 1 to 6 made 2.26, 2.37, 2.47, 2.54, 2.63 and 2.65 times less, at 60, 60, 54, 49, 44
    /// and 39 thousand a second.
    static let level: Int32 = 4

    init(_ dictionary: CompressionDictionary?) {
        let memory = ZlibMemory()
        start = DeflateStream(
            DeflateParameters(level: Self.level, windowBits: 15, memoryLevel: 8), memory: memory)
        if let dictionary { start.setDictionary(dictionary) }
        work = DeflateStream(memory: memory)
    }

    func deflate(_ raw: RawSpan) -> [UInt8] {
        work.copy(start)
        defer { work.close() }
        return work.finish(raw)
    }
}
