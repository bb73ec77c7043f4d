import Compression
import TestSupport
import Testing

struct RoundTripTests {
    private let documents = SampleDocuments.make(count: 200, seed: 1)
    private var dictionary: CompressionDictionary {
        CompressionDictionary(
            bytes: DictionaryTrainer.train(
                samples: SampleDocuments.make(count: 200, seed: 2), byteCountMax: 8_192))
    }

    @Test func `what is deflated with a dictionary inflates to itself`() throws {
        let dictionary = dictionary
        let deflater = DocumentDeflater(dictionary: dictionary)
        let inflater = DocumentInflater()
        for document in documents {
            let body = deflater.deflate(document)
            #expect(body.count < document.count)
            let raw = try inflater.inflate(
                body, rawByteCount: document.count, dictionary: dictionary)
            #expect(raw == document)
        }
    }

    @Test func `what is deflated without a dictionary inflates to itself`() throws {
        let deflater = DocumentDeflater(dictionary: nil)
        let inflater = DocumentInflater()
        for document in documents {
            let body = deflater.deflate(document)
            #expect(
                try inflater.inflate(body, rawByteCount: document.count, dictionary: nil)
                    == document)
        }
    }

    @Test(arguments: [0, 1, 2, 255, 4_096, 40_000, 300_000])
    func `sizes from nothing to many windows survive`(byteCount: Int) throws {
        let dictionary = dictionary
        let noise = SampleDocuments.noise(byteCount: byteCount, seed: 3)
        let zeros = [UInt8](repeating: 0, count: byteCount)
        for raw in [noise, zeros] {
            for dictionary in [nil, dictionary] {
                let body = DocumentDeflater(dictionary: dictionary).deflate(raw)
                let inflated = try DocumentInflater().inflate(
                    body, rawByteCount: byteCount, dictionary: dictionary)
                #expect(inflated == raw)
            }
        }
    }

    @Test func `a document's bytes don't depend on the documents before it`() {
        let dictionary = dictionary
        let deflater = DocumentDeflater(dictionary: dictionary)
        for document in documents {
            #expect(
                deflater.deflate(document)
                    == DocumentDeflater(dictionary: dictionary).deflate(document))
        }
    }

    /// A document's positions are taken out of the tables behind it; what is left of them would
    /// show in the next one's bytes.
    @Test(arguments: [nil, 1, 100, 5_000, 20_000, 32_768])
    func `nor do documents of any length, one after the other`(dictionaryByteCount: Int?) throws {
        var generator = SeededGenerator(seed: 5)
        let text = Array(SampleDocuments.make(count: 400, seed: 6).joined())
        let dictionary = dictionaryByteCount.map {
            CompressionDictionary(bytes: Array(text.prefix($0)))
        }
        let deflater = DocumentDeflater(dictionary: dictionary)
        for round in 0..<300 {
            let longest = [300, 3_000, 17_000, 40_000][round % 4]
            let count = Int.random(in: 0...longest, using: &generator)
            let start = Int.random(in: 0..<(text.count - count), using: &generator)
            let raw = Array(text[start...].prefix(count))
            #expect(
                deflater.deflate(raw) == DocumentDeflater(dictionary: dictionary).deflate(raw))
        }
    }

    @Test func `a dictionary of each size up to the largest works`() throws {
        for byteCount in [1, 3, 100, 4_096, 12_000, 28_000, 32_506, 32_768, 40_000] {
            let bytes = SampleDocuments.noise(byteCount: byteCount, seed: 4)
            let dictionary = CompressionDictionary(bytes: bytes)
            #expect(dictionary.bytes.count == min(byteCount, CompressionDictionary.byteCountMax))
            let raw = Array(bytes.suffix(300))
            let body = DocumentDeflater(dictionary: dictionary).deflate(raw)
            let inflated = try DocumentInflater().inflate(
                body, rawByteCount: raw.count, dictionary: dictionary)
            #expect(inflated == raw)
        }
    }

    @Test func `a whole batch is deflated into one plain stream`() throws {
        let raw = documents.flatMap(\.self)
        let body = ZlibBatch.deflate(raw)
        #expect(body.count < raw.count / 2)
        #expect(
            try DocumentInflater().inflate(body, rawByteCount: raw.count, dictionary: nil) == raw)
    }
}
