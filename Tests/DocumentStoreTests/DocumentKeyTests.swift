import DocumentStore
import TestSupport
import Testing

struct DocumentKeyTests {
    @Test func `keys order by their bytes, and a prefix comes first`() {
        var generator = SeededGenerator(seed: 42)
        func randomBytes() -> [UInt8] {
            (0..<Int.random(in: 0...48, using: &generator)).map { offset in
                offset < 44 && Bool.random(using: &generator)
                    ? 0 : UInt8.random(in: 0...2, using: &generator)
            }
        }
        for _ in 0..<20_000 {
            let left = randomBytes()
            var right = Bool.random(using: &generator) ? randomBytes() : left
            if Bool.random(using: &generator), !right.isEmpty { right.removeLast() }
            guard let leftKey = DocumentKey(bytes: left), let rightKey = DocumentKey(bytes: right)
            else {
                Issue.record("a key of at most 48 bytes was refused")
                return
            }
            #expect((leftKey < rightKey) == left.lexicographicallyPrecedes(right))
            #expect((leftKey == rightKey) == (left == right))
            #expect(leftKey.hasPrefix(rightKey) == left.starts(with: right))
            #expect(leftKey.bytes == left)
        }
    }

    @Test func `49 bytes make no key`() {
        #expect(DocumentKey(bytes: [UInt8](repeating: 1, count: 49)) == nil)
        #expect(DocumentKey(bytes: [UInt8](repeating: 1, count: 48))?.byteCount == 48)
        #expect(DocumentKey(bytes: []) == DocumentKey())
    }

    @Test func `numbers are appended so that keys ascend or descend with them`() {
        let numbers: [UInt64] = [0, 1, 255, 256, 65_535, 1 << 32, .max - 1, .max]
        func key(_ append: (inout DocumentKey) -> Void) -> DocumentKey {
            var key = DocumentKey()
            // An odd offset: the number lies across two words.
            key.append(UInt8(9))
            append(&key)
            return key
        }
        let ascending = numbers.map { number in key { $0.append(number) } }
        let descending = numbers.map { number in key { $0.append(descending: number) } }
        #expect(ascending == ascending.sorted())
        #expect(descending == descending.sorted().reversed())
        #expect(ascending[3].bytes == [9, 0, 0, 0, 0, 0, 0, 1, 0])
        #expect(descending[0].bytes == [9] + [UInt8](repeating: 255, count: 8))
    }

    @Test func `appending a key appends its bytes`() {
        var key = DocumentKey(0x0102_0304_0506_0708)
        key.append(UInt8(0xff))
        var whole = key
        whole.append(key)
        #expect(whole.bytes == key.bytes + key.bytes)
        #expect(Set([whole, key, whole]).count == 2)
    }
}
