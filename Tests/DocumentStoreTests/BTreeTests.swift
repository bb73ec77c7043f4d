import TestSupport
import Testing

@testable import DocumentStore

struct BTreeTests {
    /// A sorted array: slow, and plainly right.
    struct Model {
        var entries: [TreeUnderTest.Entry] = []

        func rank(_ key: DocumentKey) -> Int {
            var low = 0
            var high = entries.count
            while low < high {
                let middle = (low + high) / 2
                if entries[middle].key < key { low = middle + 1 } else { high = middle }
            }
            return low
        }

        mutating func insert(_ entry: TreeUnderTest.Entry) -> Bool {
            let index = rank(entry.key)
            if index < entries.count, entries[index].key == entry.key { return false }
            entries.insert(entry, at: index)
            return true
        }

        mutating func remove(_ key: DocumentKey) -> Bool {
            let index = rank(key)
            guard index < entries.count, entries[index].key == key else { return false }
            entries.remove(at: index)
            return true
        }
    }

    /// Few distinct bytes, so that keys share long prefixes and meet again.
    func randomKey(_ width: Int, _ generator: inout SeededGenerator) -> DocumentKey {
        var key = DocumentKey()
        for offset in 0..<width {
            let isDense = offset + 3 < width
            key.append(UInt8.random(in: isDense ? 0...1 : 0...40, using: &generator))
        }
        return key
    }

    @Test(arguments: [1, 3, 7, 8, 9, 16, 24, 25, 48])
    func `a tree holds what a sorted array would, whatever was inserted and removed`(
        width: Int
    ) {
        var generator = SeededGenerator(seed: 7_000 + UInt64(width))
        let tree = TreeUnderTest(keyByteCount: width)
        var model = Model()
        for round in 0..<8 {
            // Rounds that mostly grow alternate with rounds that mostly shrink.
            let insertions = round % 2 == 0 ? 80 : 25
            for _ in 0..<2_500 {
                let key = randomKey(width, &generator)
                if Int.random(in: 0..<100, using: &generator) < insertions {
                    let slot = UInt32.random(in: 0...UInt32.max, using: &generator)
                    #expect(
                        tree.insert(key, slot: slot) == model.insert(.init(key: key, slot: slot)))
                } else {
                    let near = model.rank(key)
                    let victim = near < model.entries.count ? model.entries[near].key : key
                    #expect(tree.remove(victim) == model.remove(victim))
                }
                moveOne(in: tree, &model, width, &generator)
                #expect(tree.knowsItsLastLeaf)
            }
            #expect(tree.all == model.entries)
            #expect(tree.count == model.entries.count)
        }
    }

    /// Gives some entry another key: one near its own, or any.
    private func moveOne(
        in tree: TreeUnderTest, _ model: inout Model, _ width: Int,
        _ generator: inout SeededGenerator
    ) {
        guard let old = model.entries.randomElement(using: &generator) else { return }
        var key = randomKey(width, &generator)
        if Bool.random(using: &generator) {
            let near = min(model.rank(old.key) + 3, model.entries.count - 1)
            let neighbour = model.entries[near].key
            key = DocumentKey()
            for byte in neighbour.bytes.dropLast() { key.append(byte) }
            key.append(UInt8.random(in: 0...40, using: &generator))
        }
        guard key != old.key else { return }
        _ = model.remove(old.key)
        let isFree = model.insert(.init(key: key, slot: old.slot))
        #expect(tree.move(old.key, to: key, slot: old.slot) == isFree)
    }

    @Test(arguments: [2, 8, 24])
    func `a cursor walks both ways from any key, there or not`(width: Int) {
        var generator = SeededGenerator(seed: 8_000 + UInt64(width))
        let tree = TreeUnderTest(keyByteCount: width)
        var model = Model()
        for slot in 0..<UInt32(3_000) {
            let key = randomKey(width, &generator)
            _ = tree.insert(key, slot: slot)
            _ = model.insert(.init(key: key, slot: slot))
        }
        for _ in 0..<400 {
            let key = randomKey(width, &generator)
            let behind = model.entries.filter { $0.key >= key }.prefix(70)
            let inFront = model.entries.filter { $0.key < key }.suffix(70).reversed()
            let behindEqual = model.entries.filter { $0.key > key }.prefix(70)
            let inFrontEqual = model.entries.filter { $0.key <= key }.suffix(70).reversed()
            func walk(_ orEqual: Bool, _ descending: Bool) -> [TreeUnderTest.Entry] {
                tree.entries(after: key, orEqual: orEqual, descending: descending, limit: 70)
            }
            #expect(walk(false, false) == Array(behind))
            #expect(walk(false, true) == Array(inFront))
            #expect(walk(true, false) == Array(behindEqual))
            #expect(walk(true, true) == Array(inFrontEqual))
        }
    }

    @Test(arguments: [true, false])
    func `keys that only ascend or only descend fill the leaves`(ascending: Bool) {
        let tree = TreeUnderTest(keyByteCount: 8)
        let keyCount = 100_000
        for number in 0..<UInt64(keyCount) {
            #expect(tree.insert(DocumentKey(ascending ? number : ~number), slot: UInt32(number)))
        }
        #expect(tree.leafCount <= keyCount / tree.leafCapacity + 1)
        #expect(tree.all.count == keyCount)
    }

    @Test func `random keys fill the leaves to two thirds and more`() {
        var generator = SeededGenerator(seed: 9_001)
        let tree = TreeUnderTest(keyByteCount: 24)
        for slot in 0..<UInt32(50_000) {
            var key = DocumentKey(generator.next())
            key.append(generator.next())
            key.append(UInt64(slot))
            _ = tree.insert(key, slot: slot)
        }
        #expect(Double(tree.count) / Double(tree.leafCount * tree.leafCapacity) > 0.66)
    }

    @Test func `a tree whose keys go in any order shrinks to one leaf`() {
        var generator = SeededGenerator(seed: 9_002)
        let tree = TreeUnderTest(keyByteCount: 16)
        let empty = tree.memoryByteCount
        for order in 0..<3 {
            var keys = (0..<UInt64(20_000)).map { number in
                var key = DocumentKey(number % 97)
                key.append(number)
                return key
            }
            for (slot, key) in keys.enumerated() { _ = tree.insert(key, slot: UInt32(slot)) }
            if order == 0 { keys.shuffle(using: &generator) }
            if order == 1 { keys.reverse() }
            for key in keys { #expect(tree.remove(key)) }
            #expect(tree.memoryByteCount == empty)
            #expect(tree.height == 0)
            #expect(tree.all.isEmpty)
        }
    }

    @Test func `a window that moves along the keys for ever does not grow the tree`() {
        let tree = TreeUnderTest(keyByteCount: 24)
        func key(_ number: UInt64) -> DocumentKey {
            var key = DocumentKey(number % 50)
            key.append(number)
            key.append(number)
            return key
        }
        let window: UInt64 = 5_000
        for number in 0..<100_000 as Range<UInt64> {
            #expect(tree.insert(key(number), slot: UInt32(number)))
            if number >= window { #expect(tree.remove(key(number - window))) }
        }
        // Each leaf at least a third full, which is what removal promises.
        #expect(tree.leafCount * tree.leafCapacity <= 3 * Int(window) + 3 * tree.leafCapacity)
    }

    @Test func `a key that is there already is refused and changes nothing`() {
        let tree = TreeUnderTest(keyByteCount: 8)
        for number in 0..<UInt64(200) { _ = tree.insert(DocumentKey(number), slot: 1) }
        #expect(!tree.insert(DocumentKey(77), slot: 2))
        #expect(!tree.remove(DocumentKey(700)))
        #expect(tree.count == 200)
        #expect(tree.all.allSatisfy { $0.slot == 1 })
    }
}
