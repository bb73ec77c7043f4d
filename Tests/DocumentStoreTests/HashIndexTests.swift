import TestSupport
import Testing

@testable import DocumentStore

struct HashIndexTests {
    /// A hash index with a life of its own.
    final class IndexUnderTest {
        var index = HashIndex()

        deinit {
            index.destroy()
        }
    }

    @Test(arguments: [UInt32.max, 255, 0])
    func `an index finds what a dictionary would, however the hashes collide`(mask: UInt32) {
        var generator = SeededGenerator(seed: 100 + UInt64(mask))
        let tested = IndexUnderTest()
        var model: [UInt32: UInt32] = [:]
        func hash32(_ slot: UInt32) -> UInt32 { (slot &* 2_654_435_769) & mask }
        // With one single hash, each look-up walks all entries.
        let slotMax: UInt32 = mask == 0 ? 200 : 8_000
        for step in 0..<Int(slotMax) * 6 {
            let slot = UInt32.random(in: 0...slotMax, using: &generator)
            let isGrowing = step / Int(slotMax) % 2 == 0
            let found = tested.index.slot(hash32: hash32(slot)) { $0 == slot }
            #expect(found == model[slot])
            if found == nil, isGrowing {
                tested.index.insert(hash32: hash32(slot), slot: slot)
                model[slot] = slot
            } else if found != nil, !isGrowing {
                tested.index.remove(hash32: hash32(slot), slot: slot)
                model[slot] = nil
            }
        }
        #expect(tested.index.count == model.count)
        for slot in 0...slotMax {
            #expect(tested.index.slot(hash32: hash32(slot)) { $0 == slot } == model[slot])
        }
    }

    @Test func `an index that empties gives its memory back`() {
        let tested = IndexUnderTest()
        let empty = tested.index.memoryByteCount
        for slot in 0..<UInt32(10_000) { tested.index.insert(hash32: slot << 12, slot: slot) }
        #expect(tested.index.capacity < 2 * 10_000 * 4 / 3)
        for slot in 0..<UInt32(10_000) { tested.index.remove(hash32: slot << 12, slot: slot) }
        #expect(tested.index.count == 0)
        #expect(tested.index.memoryByteCount == empty)
    }

    /// CPython hashes bytes with SipHash-1-3, and with a key of zeros if PYTHONHASHSEED is 0:
    /// the values of hash(bytes(range(n))) there.
    @Test(
        arguments: [
            (8, 0xead4_11e6_7ebe_2eea), (15, 0xf30e_b725_bb91_c9ea), (48, 0xfe1f_2445_ba50_237f),
        ] as [(Int, UInt64)])
    func `the hash is SipHash-1-3`(byteCount: Int, expected: UInt64) {
        let key = DocumentKey(bytes: (0..<byteCount).map { UInt8($0) })
        #expect(key.map { SipHash(key0: 0, key1: 0).hash($0) } == expected)
    }

    @Test func `the hash depends on every byte, on the length and on the key`() {
        let hash = SipHash(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908)
        let other = SipHash(key0: 0x0706_0504_0302_0101, key1: 0x0f0e_0d0c_0b0a_0908)
        var seen: Set<UInt64> = []
        for byteCount in 0...DocumentKey.byteCountMax {
            let bytes = (0..<byteCount).map { UInt8($0) }
            for changed in -1..<byteCount {
                var bytes = bytes
                if changed >= 0 { bytes[changed] ^= 0x80 }
                guard let key = DocumentKey(bytes: bytes) else { continue }
                #expect(seen.insert(hash.hash(key)).inserted)
                #expect(hash.hash(key) != other.hash(key))
            }
        }
    }
}
