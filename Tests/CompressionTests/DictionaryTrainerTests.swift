import Compression
import Testing

struct DictionaryTrainerTests {
    @Test func `a trained dictionary makes other documents of the kind much smaller`() {
        let trained = CompressionDictionary(
            bytes: DictionaryTrainer.train(
                samples: SampleDocuments.make(count: 300, seed: 7), byteCountMax: 8_192))
        let plain = DocumentDeflater(dictionary: nil)
        let primed = DocumentDeflater(dictionary: trained)
        var plainByteCount = 0
        var primedByteCount = 0
        for document in SampleDocuments.make(count: 100, seed: 8) {
            plainByteCount += plain.deflate(document).count
            primedByteCount += primed.deflate(document).count
        }
        #expect(primedByteCount * 10 < plainByteCount * 7)
    }

    @Test func `the same samples make the same dictionary`() {
        let samples = SampleDocuments.make(count: 100, seed: 9)
        let first = DictionaryTrainer.train(samples: samples, byteCountMax: 4_096)
        #expect(!first.isEmpty)
        #expect(first == DictionaryTrainer.train(samples: samples, byteCountMax: 4_096))
    }

    @Test(arguments: [0, 1, 47, 48, 49, 1_000, 32_768])
    func `a dictionary is never larger than asked for`(byteCountMax: Int) {
        let samples = SampleDocuments.make(count: 50, seed: 10)
        let bytes = DictionaryTrainer.train(samples: samples, byteCountMax: byteCountMax)
        #expect(bytes.count <= byteCountMax)
    }

    @Test func `samples with nothing in common make no dictionary`() {
        let samples = (0..<4).map { SampleDocuments.noise(byteCount: 200, seed: 100 + $0) }
        // Not quite none: strings that share a counter look as if they were the same.
        #expect(DictionaryTrainer.train(samples: samples, byteCountMax: 4_096).count < 100)
    }

    @Test func `no samples, empty ones and tiny ones make no dictionary and no harm`() {
        let cases: [[[UInt8]]] = [
            [], [[]], [[], []], [[1], [1]], [[1, 2, 3, 4, 5, 6], [1, 2, 3]],
        ]
        for samples in cases {
            let bytes = DictionaryTrainer.train(samples: samples, byteCountMax: 100)
            #expect(bytes.isEmpty)
        }
    }

    @Test func `a dictionary's name is the SHA-256 of its bytes`() {
        let dictionary = CompressionDictionary(bytes: Array("abc".utf8))
        let name = dictionary.sha256.map { String($0, radix: 16) }.prefix(4)
        #expect(name.joined(separator: " ") == "ba 78 16 bf")
        #expect(dictionary.adler32 == 0x024D_0127)
        #expect(dictionary == CompressionDictionary(bytes: Array("abc".utf8)))
        #expect(dictionary != CompressionDictionary(bytes: Array("abd".utf8)))
    }
}
