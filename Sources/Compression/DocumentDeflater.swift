/// Deflates many small documents, each on its own, with one preset dictionary.
///
/// Not Sendable: one for each thread. Each result is a complete zlib stream (RFC 1950), with FDICT
/// set when there is a dictionary.
///
/// Feeding the dictionary to zlib for each document costs more than the document does, since zlib
/// hashes every byte of it. Here it is fed once, and each document starts from a copy of that
/// state (`deflateCopy`), or, where that can be, from undoing what the document before has changed
/// (`DeflateRewind`).
package final class DocumentDeflater {
    private let parameters: DeflateParameters
    private let dictionaryByteCount: Int
    private let mayRewind: Bool
    private let start: DeflateStream
    /// Goes back to its beginning after each document.
    private let work: DeflateStream
    private var output: [UInt8] = []

    // Measured with zlib 1.2.13 on one core of an AMD EPYC (512 KiB of L2 cache), on 12,000 real
    // orders of 420 B, with dictionaries trained on 1,024 others:
    //
    //     dictionary  level  documents/s  ratio      the way                       documents/s
    //      8 KiB        4       53,300     2.19      deflateReset, setDictionary     13,100
    //     16 KiB        4       48,500     2.37      deflateCopy, pooled memory      49,200
    //     32 KiB        1       60,500     2.26      memcpy of all of zlib's memory  49,700
    //     32 KiB        2       60,500     2.37      (these three: 32 KiB, level 4)
    //     32 KiB        3       54,000     2.47
    //     32 KiB        4       49,200     2.54      memoryLevel 4                   47,700
    //     32 KiB        5       43,700     2.63      memoryLevel 6                   49,200
    //     32 KiB        6       39,100     2.65      memoryLevel 8                   46,100
    //
    // So: a large dictionary costs little once it isn't fed each time, level 4 is where the last
    // tenth of the ratio gets dear, and a state of 160 KiB (memoryLevel 6) stays in the cache.

    /// Between fast and small: see above.
    package static let level: Int32 = 4

    /// - Parameters:
    ///   - dictionary: not empty.
    ///   - level: 1 (fast) to 9 (small).
    package convenience init(dictionary: CompressionDictionary?, level: Int32 = level) {
        self.init(dictionary: dictionary, level: level, mayRewind: Self.rewindsRight)
    }

    private init(dictionary: CompressionDictionary?, level: Int32, mayRewind: Bool) {
        self.mayRewind = mayRewind
        let memory = ZlibMemory()
        parameters = DeflateParameters(
            level: level, windowBits: Self.windowBits(for: dictionary),
            memoryLevel: dictionary == nil ? 8 : 6)
        dictionaryByteCount = dictionary?.bytes.count ?? 0
        start = DeflateStream(parameters, memory: memory)
        if let dictionary {
            precondition(!dictionary.bytes.isEmpty, "an empty dictionary helps nobody")
            start.setDictionary(dictionary)
        }
        work = DeflateStream(memory: memory)
    }

    /// A window that the dictionary and a document of some KiB fit in: the copy's cost is the
    /// window's size.
    private static func windowBits(for dictionary: CompressionDictionary?) -> Int32 {
        guard let dictionary else { return 15 }
        var bits: Int32 = 12
        while bits < 15, 1 << bits < dictionary.bytes.count + 4_096 { bits += 1 }
        return bits
    }

    /// Whether this zlib can be trusted with ``DeflateRewind``, which goes by how zlib works
    /// inside: looked at once, by what becomes of some documents with it and without.
    package static let rewindsRight: Bool = {
        let texts = (0..<64).map { number in
            Array("order \(number * number % 89); a line of tea \(number); ".utf8)
        }
        let dictionary = CompressionDictionary(bytes: texts.flatMap(\.self))
        return [nil, dictionary].allSatisfy { dictionary in
            let (rewound, copied) = (
                DocumentDeflater(dictionary: dictionary, level: level, mayRewind: true),
                DocumentDeflater(dictionary: dictionary, level: level, mayRewind: false)
            )
            // Each after one that shares much with it, and after a long one.
            return (0..<16).allSatisfy { number in
                let count = [1, 4, 64, 0][number % 4]
                let document = texts[number...].prefix(count).flatMap(\.self)
                return rewound.deflate(document) == copied.deflate(document)
            }
        }
    }()

    /// Copying a stream is little beside deflating more than this.
    private static let markedByteCountMax = 16 << 10

    /// The zlib stream of `raw`, which is smaller than 4 GiB.
    package func deflate(_ raw: RawSpan) -> [UInt8] {
        if !work.goBack(for: raw.byteCount) {
            work.copy(start)
            if mayRewind, raw.byteCount <= Self.markedByteCountMax {
                work.mark(parameters, dictionaryByteCount: dictionaryByteCount)
                _ = work.goBack(for: raw.byteCount)
            }
        }
        let bound = work.bound(byteCount: raw.byteCount)
        if output.count < bound { output = [UInt8](repeating: 0, count: bound * 2) }
        return unsafe raw.withUnsafeBytes { raw in
            unsafe output.withUnsafeMutableBufferPointer { output in
                let byteCount = unsafe work.finish(raw, into: output)
                // An exact copy: the bound is twice what is used, and results are kept.
                return unsafe Array(output[..<byteCount])
            }
        }
    }

    /// The zlib stream of `raw`, which is smaller than 4 GiB.
    package func deflate(_ raw: [UInt8]) -> [UInt8] {
        unsafe deflate(raw.span.bytes)
    }
}
