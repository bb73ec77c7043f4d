import SwiftProtobuf
import TestSupport
import Testing

@testable import TandemDomain

struct MessageFieldsTests {
    /// Whether the bytes are a message as far as their fields go.
    private func isMessage(_ bytes: [UInt8]) -> Bool {
        var fields = MessageFields(bytes[...])
        do {
            while try fields.next() != nil {}
            return true
        } catch { return false }
    }

    @Test func `what is no message to SwiftProtobuf is none here`() {
        var random = SeededGenerator(seed: 31_007)
        var refusedCount = 0
        for _ in 0..<20_000 {
            // Tags and values of any length: mostly of a few bytes, some of them too long.
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let tags: [UInt8] = [0x08, 0x88, 0x0A, 0x8A, 0x0D, 0x09]
                bytes.append(tags[Int.random(in: 0..<tags.count, using: &random)])
                for _ in 0..<Int.random(in: 0...6, using: &random) { bytes.append(0x80) }
                bytes.append(.random(in: 0...9, using: &random))
            }
            // It has no fields: all are unknown, and kept.
            guard (try? Google_Protobuf_Empty(serializedBytes: bytes)) == nil else { continue }
            refusedCount += 1
            #expect(!isMessage(bytes), "\(bytes)")
        }
        #expect(refusedCount > 1_000)
    }

    @Test func `a tag of six bytes is malformed, whatever its value`() {
        #expect(isMessage([0x8A, 0x80, 0x80, 0x80, 0, 1, 5]))
        #expect(!isMessage([0x8A, 0x80, 0x80, 0x80, 0x80, 0, 1, 5]))
    }
}
