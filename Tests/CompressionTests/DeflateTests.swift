import TestSupport
import Testing

@testable import Compression

/// What zlib makes of our own deflater's streams is `RoundTripTests`; these look at how they are
/// made.
struct DeflateTests {
    /// The type of a stream's first block: 0 stored, 1 with the fixed codes, 2 with its own.
    private func blockType(_ stream: [UInt8]) -> Int { Int(stream[2] >> 1 & 3) }

    @Test func `a document is written in the shortest of three forms`() throws {
        let documents = SampleDocuments.make(count: 40, seed: 1)
        let forms: [(raw: [UInt8], type: Int)] = [
            (SampleDocuments.noise(byteCount: 2_000, seed: 2), 0), ([], 1),
            (Array(documents[0].prefix(60)), 1), (Array(documents.joined().prefix(8_000)), 2),
        ]
        for (raw, type) in forms {
            let stream = DocumentDeflater(dictionary: nil).deflate(raw)
            #expect(blockType(stream) == type)
            // Two bytes before it, four behind, and what says how long a stored block is.
            #expect(stream.count <= raw.count + 2 + 4 + 5)
            #expect(
                try DocumentInflater().inflate(stream, rawByteCount: raw.count, dictionary: nil)
                    == raw)
        }
    }

    @Test func `documents get no longer than zlib makes them`() {
        let samples = SampleDocuments.make(count: 600, seed: 3)
        let dictionary = CompressionDictionary(
            bytes: DictionaryTrainer.train(
                samples: Array(samples[..<300]), byteCountMax: 32_768))
        let (ours, zlibs) = (DocumentDeflater(dictionary: dictionary), LongDeflater(dictionary))
        var (own, other) = (0, 0)
        for document in samples[300...] {
            own += ours.deflate(document).count
            other += unsafe zlibs.deflate(document.span.bytes).count
        }
        #expect(own <= other)
    }

    /// At the dictionary's first byte a match is as far off as deflate can say; one byte further it
    /// can't be said.
    @Test(arguments: [32_767, 32_768])
    func `a match is as far off as deflate can say, and no farther`(byteCount: Int) throws {
        let bytes = SampleDocuments.noise(byteCount: byteCount, seed: 4)
        let dictionary = CompressionDictionary(bytes: bytes)
        for start in 0..<4 {
            let raw = [1, 2, 3].prefix(start) + bytes.prefix(600)
            let stream = DocumentDeflater(dictionary: dictionary).deflate(Array(raw))
            #expect((stream.count < 100) == (start <= 32_768 - byteCount))
            let inflated = try DocumentInflater().inflate(
                stream, rawByteCount: raw.count, dictionary: dictionary)
            #expect(inflated == Array(raw))
        }
    }

    @Test func `lengths and distances are said as RFC 1951 has them`() {
        // Of its tables the first and last of some rows.
        let lengths = [3: (257, 0), 10: (264, 0), 11: (265, 1), 18: (268, 1), 19: (269, 2),
            130: (280, 4), 131: (281, 5), 257: (284, 5), 258: (285, 0)]
        for (byteCount, (number, bitCount)) in lengths {
            let symbol = DeflateSymbol(byteCount: byteCount)
            #expect((symbol.number, symbol.extraBitCount) == (number, bitCount))
        }
        #expect(DeflateSymbol(byteCount: 257).extra == 30)
        let distances = [1: (0, 0), 4: (3, 0), 5: (4, 1), 6: (4, 1), 7: (5, 1), 257: (16, 7),
            24_577: (29, 13), 32_768: (29, 13)]
        for (distance, (number, bitCount)) in distances {
            let symbol = DeflateSymbol(distance: distance)
            #expect((symbol.number, symbol.extraBitCount) == (number, bitCount))
        }
        #expect(DeflateSymbol(distance: 32_768).extra == 8_191)
    }
}

struct HuffmanCodeTests {
    /// What the best code without a bound takes, by the book: the two rarest are joined, and again.
    private func leastBitCount(_ frequencies: [Int]) -> Int {
        var heap = frequencies.filter { $0 > 0 }
        var bitCount = 0
        while heap.count > 1 {
            heap.sort(by: >)
            let joined = heap.removeLast() + heap.removeLast()
            bitCount += joined
            heap.append(joined)
        }
        return bitCount
    }

    private func build(_ code: borrowing HuffmanCode, _ frequencies: [Int]) -> Int {
        code.restart()
        for (symbol, frequency) in frequencies.enumerated() {
            for _ in 0..<frequency { code.count(symbol) }
        }
        return code.build()
    }

    /// 1 if each sequence of bits is the code of some symbol, and of no two.
    private func share(_ code: borrowing HuffmanCode, _ symbolCount: Int) -> Double {
        (0..<symbolCount).reduce(0) { sum, symbol in
            let bitCount = code.bitCount(symbol)
            return bitCount == 0 ? sum : sum + 1 / Double(1 << bitCount)
        }
    }

    @Test func `a code is complete, and the shortest there is`() {
        var generator = SeededGenerator(seed: 7)
        let code = HuffmanCode(symbolCount: 286, bitCountMax: 15)
        for round in 0..<200 {
            let most = [1, 3, 50, 2_000][round % 4]
            let frequencies = (0..<286).map { _ in
                Bool.random(using: &generator) ? 0 : Int.random(in: 0...most, using: &generator)
            }
            let bitCount = build(code, frequencies)
            #expect(share(code, 286) == 1)
            #expect(bitCount == leastBitCount(frequencies))
        }
    }

    @Test(arguments: [7, 15])
    func `no code is longer than it may be`(bitCountMax: Int) {
        // The longest codes come of Fibonacci's numbers: one bit more for each symbol.
        var frequencies = [1, 1]
        while frequencies.count < 19 { frequencies.append(frequencies.suffix(2).reduce(0, +)) }
        let code = HuffmanCode(symbolCount: 19, bitCountMax: bitCountMax)
        let bitCount = build(code, frequencies)
        #expect((0..<19).map { code.bitCount($0) }.max() == bitCountMax)
        #expect(share(code, 19) == 1)
        #expect(bitCount >= leastBitCount(frequencies))
    }

    @Test(arguments: [[], [0, 0, 5], [5], [0, 5]])
    func `a code has two symbols at least`(frequencies: [Int]) {
        let code = HuffmanCode(symbolCount: 30, bitCountMax: 15)
        _ = build(code, frequencies)
        #expect(share(code, 30) == 1)
    }

    @Test func `what a code is estimated to take is about what it takes`() {
        var generator = SeededGenerator(seed: 8)
        let code = HuffmanCode(symbolCount: 286, bitCountMax: 15)
        for _ in 0..<200 {
            let frequencies = (0..<286).map { _ in
                max(0, Int.random(in: -9...9, using: &generator))
            }
            code.restart()
            for (symbol, frequency) in frequencies.enumerated() {
                for _ in 0..<frequency { code.count(symbol) }
            }
            let symbolCount = frequencies.count { $0 > 0 }
            let lengthCount = min(symbolCount, HuffmanCode.lengthCountMax)
            let codes = code.estimatedBitCount(of: frequencies.reduce(0, +))
                - lengthCount * HuffmanCode.bitCountOfLength
            let best = leastBitCount(frequencies)
            #expect(codes <= best + symbolCount / 8 && codes >= best * 9 / 10)
        }
    }
}
