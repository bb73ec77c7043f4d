import Compression
import Testing

struct DocumentInflaterTests {
    private let raw = SampleDocuments.make(count: 1, seed: 5)[0]
    private let dictionary = CompressionDictionary(bytes: Array("order user product USD".utf8))
    private let inflater = DocumentInflater()

    private var plain: [UInt8] { DocumentDeflater(dictionary: nil).deflate(raw) }
    private var primed: [UInt8] { DocumentDeflater(dictionary: dictionary).deflate(raw) }

    @Test func `a stream that holds less than promised is refused`() {
        #expect(throws: InflateError.short) {
            try inflater.inflate(plain, rawByteCount: raw.count + 1, dictionary: nil)
        }
    }

    @Test func `a stream that holds more than promised is refused`() {
        for less in [1, 2, raw.count] {
            #expect(throws: InflateError.long) {
                try inflater.inflate(plain, rawByteCount: raw.count - less, dictionary: nil)
            }
        }
    }

    @Test func `no memory is taken for more than so few bytes can hold`() {
        let zeros = [UInt8](repeating: 0, count: 4 << 20)
        let body = DocumentDeflater(dictionary: nil).deflate(zeros)
        #expect(DocumentInflater.canHold(rawByteCount: zeros.count, inByteCount: body.count))
        #expect(throws: Never.self) {
            try inflater.inflate(body, rawByteCount: zeros.count, dictionary: nil)
        }
        // Would be a terabyte.
        #expect(throws: InflateError.short) {
            try inflater.inflate(plain, rawByteCount: 1 << 40, dictionary: nil)
        }
        #expect(throws: InflateError.short) {
            try inflater.inflate(plain, rawByteCount: -1, dictionary: nil)
        }
    }

    @Test func `bytes after the stream are refused`() {
        #expect(throws: InflateError.trailingBytes) {
            try inflater.inflate(plain + [0], rawByteCount: raw.count, dictionary: nil)
        }
    }

    @Test func `a stream cut short anywhere is refused`() {
        let body = primed
        for count in body.indices {
            #expect(throws: InflateError.self) {
                try inflater.inflate(
                    Array(body[..<count]), rawByteCount: raw.count, dictionary: dictionary)
            }
        }
    }

    @Test func `a cut stream is malformed, however full its output is`() {
        for cut in 1...5 {
            #expect(throws: InflateError.malformed) {
                try inflater.inflate(
                    Array(plain.dropLast(cut)), rawByteCount: raw.count, dictionary: nil)
            }
        }
    }

    @Test func `a flipped bit anywhere is refused, unless it means nothing`() {
        let body = primed
        var harmlessCount = 0
        for index in body.indices {
            for bit in 0..<8 {
                var damaged = body
                damaged[index] ^= 1 << bit
                let read = try? inflater.inflate(
                    damaged, rawByteCount: raw.count, dictionary: dictionary)
                guard let read else { continue }
                #expect(read == raw)
                harmlessCount += 1
            }
        }
        // The bits that fill up the last byte before the checksum.
        #expect(harmlessCount <= 7)
    }

    @Test func `a wrong checksum is told apart`() {
        var damaged = plain
        damaged[damaged.count - 1] ^= 1
        #expect(throws: InflateError.badChecksum) {
            try inflater.inflate(damaged, rawByteCount: raw.count, dictionary: nil)
        }
    }

    @Test func `a stream needs exactly the dictionary that it was made with`() {
        let other = CompressionDictionary(bytes: Array("something else".utf8))
        let cases: [([UInt8], CompressionDictionary?)] = [
            (primed, nil), (primed, other), (plain, dictionary),
        ]
        for (body, dictionary) in cases {
            #expect(throws: InflateError.dictionaryMismatch) {
                try inflater.inflate(body, rawByteCount: raw.count, dictionary: dictionary)
            }
        }
    }

    @Test func `bytes that are no stream are refused, and the next stream is read`() throws {
        for seed in 0..<200 as Range<UInt64> {
            let noise = SampleDocuments.noise(byteCount: Int(seed % 40), seed: seed)
            #expect(throws: InflateError.self, "seed \(seed)") {
                try inflater.inflate(noise, rawByteCount: raw.count, dictionary: nil)
            }
            #expect(try inflater.inflate(plain, rawByteCount: raw.count, dictionary: nil) == raw)
        }
    }

    @Test func `a stream of nothing fits into nothing and nothing else`() throws {
        let body = DocumentDeflater(dictionary: nil).deflate([UInt8]())
        #expect(try inflater.inflate(body, rawByteCount: 0, dictionary: nil).isEmpty)
        #expect(throws: InflateError.short) {
            try inflater.inflate(body, rawByteCount: 1, dictionary: nil)
        }
        #expect(throws: InflateError.malformed) {
            try inflater.inflate([], rawByteCount: 0, dictionary: nil)
        }
    }

    @Test func `a small stream that would inflate to megabytes stops at the promise`() {
        let bomb = ZlibBatch.deflate([UInt8](repeating: 0, count: 4 << 20), level: 9)
        #expect(bomb.count < 5_000)
        #expect(throws: InflateError.long) {
            try inflater.inflate(bomb, rawByteCount: 100, dictionary: nil)
        }
    }
}
