/// Deflates many documents, each on its own, with one preset dictionary.
///
/// Not Sendable: one for each thread. Each result is a complete zlib stream (RFC 1950), with FDICT
/// set when there is a dictionary, and depends on the document and the dictionary only.
package final class DocumentDeflater {
    private let dictionary: CompressionDictionary?
    private var short: ShortDeflater
    /// Made when the first long document comes.
    private lazy var long = LongDeflater(dictionary)

    /// - Parameter dictionary: not empty.
    package init(dictionary: CompressionDictionary?) {
        precondition(dictionary?.bytes.isEmpty != true, "an empty dictionary helps nobody")
        self.dictionary = dictionary
        short = ShortDeflater(dictionary)
    }

    /// The zlib stream of `raw`, which is smaller than 4 GiB.
    package func deflate(_ raw: RawSpan) -> [UInt8] {
        raw.byteCount <= ShortDeflater.byteCountMax ? short.deflate(raw) : long.deflate(raw)
    }

    /// The zlib stream of `raw`, which is smaller than 4 GiB.
    package func deflate(_ raw: [UInt8]) -> [UInt8] {
        unsafe deflate(raw.span.bytes)
    }
}
