import TestSupport
import Testing

@testable import Compression

/// The short way of inflating, held against zlib's: what it takes, zlib takes, and makes the same
/// of it.
struct FixedInflaterTests {
    private let short = FixedInflater()
    private let zlib = InflateStream()
    private let dictionary = CompressionDictionary(
        bytes: SampleDocuments.noise(byteCount: 32_768, seed: 1))

    /// `nil` if it leaves it to zlib.
    private func inflate(
        _ body: [UInt8], byteCount: Int, _ dictionary: CompressionDictionary?
    ) -> [UInt8]? {
        var raw = [UInt8](repeating: 0, count: byteCount)
        let isDone = unsafe body.withUnsafeBytes { body in
            unsafe raw.withUnsafeMutableBytes { raw in
                unsafe short.inflateAll(body, into: raw, dictionary: dictionary)
            }
        }
        return isDone ? raw : nil
    }

    /// `nil` if zlib refuses it.
    private func zlibInflate(
        _ body: [UInt8], byteCount: Int, _ dictionary: CompressionDictionary?
    ) -> [UInt8]? {
        var raw = [UInt8](repeating: 0, count: byteCount)
        let isDone = unsafe body.withUnsafeBytes { body in
            unsafe raw.withUnsafeMutableBytes { raw in
                (try? unsafe zlib.inflateAll(body, into: raw, dictionary: dictionary)) != nil
            }
        }
        return isDone ? raw : nil
    }

    @Test func `short documents are inflated without zlib, with a dictionary and without`() {
        let documents = SampleDocuments.make(count: 200, seed: 2)
        let trained = CompressionDictionary(
            bytes: DictionaryTrainer.train(samples: documents, byteCountMax: 32_768))
        var count = 0
        for dictionary in [nil, trained] {
            let deflater = DocumentDeflater(dictionary: dictionary)
            for document in documents {
                let body = deflater.deflate(document)
                let raw = inflate(body, byteCount: document.count, dictionary)
                #expect(raw == nil || raw == document)
                count += raw == nil ? 0 : 1
            }
        }
        #expect(count > 150, "of 400; the others have codes of their own")
    }

    /// What a deflate stream of stored blocks and of blocks in fixed codes may be, right or wrong.
    @Test func `whatever it takes, zlib makes the same of it`() {
        var generator = SeededGenerator(seed: 3)
        var (taken, refused) = (0, 0)
        for round in 0..<3_000 {
            let dictionary = round % 3 == 0 ? nil : dictionary
            var script = FixedStream(dictionary)
            let reach = [0, 1, 200][Int.random(in: 0...2, using: &generator)]
            for _ in 0..<Int.random(in: 0...2, using: &generator) {
                script.addBlock(isLast: false, reach: reach, using: &generator)
            }
            script.addBlock(isLast: true, reach: reach, using: &generator)
            let (body, raw) = script.finished()
            for byteCount in [raw.count, raw.count + 1, max(0, raw.count - 1)] {
                let own = inflate(body, byteCount: byteCount, dictionary)
                let other = zlibInflate(body, byteCount: byteCount, dictionary)
                #expect(own == other, "round \(round)")
                if own == nil { refused += 1 } else { taken += 1 }
            }
        }
        #expect(taken > 1_500 && refused > 4_000)
    }

    @Test func `a flipped bit is taken only if zlib takes it`() {
        var generator = SeededGenerator(seed: 4)
        for round in 0..<60 {
            var script = FixedStream(dictionary)
            script.addBlock(isLast: round % 2 == 0, reach: 0, using: &generator)
            if round % 2 == 1 { script.addBlock(isLast: true, reach: 0, using: &generator) }
            let (body, raw) = script.finished()
            for index in body.indices.dropFirst(6) {
                var damaged = body
                damaged[index] ^= 1 << UInt8.random(in: 0...7, using: &generator)
                // A checksum that fits: only so does it show what else is looked at.
                for repaired in [damaged, FixedStream.sealed(damaged, zlib, raw.count, dictionary)]
                {
                    let own = inflate(repaired, byteCount: raw.count, dictionary)
                    #expect(
                        own == nil
                            || own == zlibInflate(repaired, byteCount: raw.count, dictionary))
                }
            }
        }
    }

    @Test func `codes of a stream's own are zlib's`() throws {
        let raw = Array(SampleDocuments.make(count: 40, seed: 5).joined())
        let body = DocumentDeflater(dictionary: nil).deflate(raw)
        #expect(inflate(body, byteCount: raw.count, nil) == nil)
        let whole = try DocumentInflater().inflate(body, rawByteCount: raw.count, dictionary: nil)
        #expect(whole == raw)
    }
}

/// Makes streams of the blocks that the short way knows, and what they hold.
private struct FixedStream: ~Copyable {
    private var writer = BitWriter(byteCountMax: 200_000)
    private let code = FixedCode()
    private let window: [UInt8]
    private var raw: [UInt8] = []

    init(_ dictionary: CompressionDictionary?) {
        window = dictionary?.bytes ?? []
        writer.write(0x78, 8)
        writer.write(dictionary == nil ? 0x9C : 0xBB, 8)
        if let dictionary { writer.write(bigEndian: dictionary.adler32) }
    }

    /// - Parameter reach: how far a distance may lie beyond what there is.
    mutating func addBlock(
        isLast: Bool, reach: Int, using generator: inout SeededGenerator
    ) {
        writer.write(isLast ? 1 : 0, 1)
        if Int.random(in: 0...3, using: &generator) == 0 {
            addStored(using: &generator)
        } else {
            addFixed(reach: reach, using: &generator)
        }
    }

    private mutating func addStored(using generator: inout SeededGenerator) {
        let bytes = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        writer.write(0, 2)
        writer.finishByte()
        let count = UInt64(bytes.count)
        writer.write(count | (~count & 0xFFFF) << 16, 32)
        for byte in bytes { writer.write(UInt64(byte), 8) }
        raw += bytes
    }

    private mutating func addFixed(reach: Int, using generator: inout SeededGenerator) {
        writer.write(1, 2)
        for _ in 0..<Int.random(in: 0...30, using: &generator) {
            let back = min(32_768, window.count + raw.count + reach)
            if back == 0 || Bool.random(using: &generator) {
                let literal = UInt8.random(in: 0...255, using: &generator)
                writer.write(entry: code.literals[Int(literal)])
                raw.append(literal)
                continue
            }
            let kind = Int.random(in: 0...8, using: &generator)
            let byteCount = Int.random(in: 3...[5, 20, 258][kind % 3], using: &generator)
            let distance = Int.random(
                in: 1...min(back, [3, 12, 32_768][kind / 3]), using: &generator)
            let length = DeflateSymbol(byteCount: byteCount)
            let far = DeflateSymbol(distance: distance)
            writer.write(entry: code.literals[length.number], length.extra, length.extraBitCount)
            writer.write(entry: code.distances[far.number], far.extra, far.extraBitCount)
            for _ in 0..<byteCount {
                let place = window.count + raw.count - distance
                let behind = place - window.count
                raw.append(place < 0 ? 0 : behind < 0 ? window[place] : raw[behind])
            }
        }
        writer.write(entry: code.literals[DeflateSymbol.endOfBlock])
    }

    consuming func finished() -> (body: [UInt8], raw: [UInt8]) {
        writer.finishByte()
        writer.write(bigEndian: unsafe raw.span.bytes.adler32)
        return (writer.finished(), raw)
    }

    /// The same stream with a checksum of what zlib makes of it, if it makes anything of it.
    static func sealed(
        _ body: [UInt8], _ zlib: InflateStream, _ byteCount: Int,
        _ dictionary: CompressionDictionary?
    ) -> [UInt8] {
        var raw = [UInt8](repeating: 0, count: byteCount)
        unsafe body.withUnsafeBytes { body in
            unsafe raw.withUnsafeMutableBytes { raw in
                // The checksum is wrong, and all else may be.
                _ = try? unsafe zlib.inflateAll(body, into: raw, dictionary: dictionary)
            }
        }
        let sum = unsafe raw.span.bytes.adler32
        return body.dropLast(4) + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> $0) }
    }
}
