import TandemCore
import TestSupport
import Testing

@testable import DocumentStore

struct BulkLoadTests {
    /// A load of documents with the keys 0, 1, 2 and so on, in one collection, whose only index has
    /// the keys that are given.
    private func load(_ keys: [DocumentKey], width: Int) -> BulkLoad {
        let load = BulkLoad([
            CollectionSchema(
                name: "things", indexes: [IndexSchema(name: "by_key", keyByteCount: width)])
        ])
        for (number, key) in keys.enumerated() {
            #expect(unsafe load.add(record(UInt64(number), key), to: 0))
        }
        return load
    }

    private func record(_ id: UInt64, _ indexKey: DocumentKey) -> StoredRecord {
        unsafe StoredRecord.make(
            key: DocumentKey(id), indexKeys: [indexKey],
            body: StoredBody(encoding: .identity, rawByteCount: 0, bytes: []),
            position: .beginning)
    }

    // Up to three levels of inner nodes; the narrowest tells 65,536 keys apart.
    @Test(arguments: [2, 7, 8, 9, 16, 17, 24, 48], [0, 1, 2, 17, 90, 1_000, 30_000])
    func `a tree that is filled has all entries in order, and then grows and shrinks as any other`(
        width: Int, count: Int
    ) {
        var generator = SeededGenerator(seed: UInt64(width * 100_000 + count))
        var model = BTreeTests.Model()
        var keys: [DocumentKey] = []
        // Long keys that differ at their end only, and short ones that differ wherever they can.
        for number in 0..<count {
            var key = DocumentKey()
            for _ in 0..<(width - 2) { key.append(UInt8.random(in: 0...1, using: &generator)) }
            key.append(UInt8(number >> 8 & 0xff))
            key.append(UInt8(number & 0xff))
            keys.append(key)
        }
        keys.shuffle(using: &generator)
        let load = load(keys, width: width)
        let run = SortedRun(load.records[0], load.schema[0], index: 0)
        #expect(run.isUnique)
        let tree = TreeUnderTest(keyByteCount: width)
        tree.fill(with: run)

        model.entries = keys.enumerated().map { .init(key: $1, slot: UInt32($0)) }
        model.entries.sort { $0.key < $1.key }
        #expect(tree.all == model.entries)
        #expect(tree.knowsItsLastLeaf)
        #expect(
            tree.memoryByteCount
                == BTree.byteCount(filledWith: count, BTreeLayout(keyByteCount: width)))
        for round in 0..<2_000 {
            if round % 3 == 0, let victim = model.entries.randomElement(using: &generator) {
                #expect(tree.remove(victim.key) && model.remove(victim.key))
            } else {
                var key = DocumentKey()
                for _ in 0..<width { key.append(UInt8.random(in: 0...255, using: &generator)) }
                #expect(tree.insert(key, slot: 9) == model.insert(.init(key: key, slot: 9)))
            }
        }
        #expect(tree.all == model.entries)
        for entry in model.entries { #expect(tree.remove(entry.key)) }
        #expect(tree.count == 0 && tree.height == 0 && tree.leafCount == 1)
    }

    @Test func `a store that was filled goes on as one that was written batch by batch`() {
        var generator = SeededGenerator(seed: 88)
        let ids = (0..<9_000 as Range<UInt64>).filter { _ in Bool.random(using: &generator) }
        let documents = ids.map { id in
            ShopSchema.account(id, owner: id % 31, amount: (id &* 7919) % 1_000)
        }
        let written = DocumentStore(schema: ShopSchema.collections)
        written.publish(documents, position: LogPosition(rawValue: 7))
        let filled = DocumentStore(schema: ShopSchema.collections)
        let load = BulkLoad(ShopSchema.collections)
        for document in documents {
            guard case .put(let body, let indexKeys) = document.content else { continue }
            let record = unsafe StoredRecord.make(
                key: document.key, indexKeys: indexKeys, body: body, position: document.position)
            #expect(unsafe load.add(record, to: document.collection))
        }
        let promised = load.memoryByteCount
        #expect(filled.fill(with: load, position: LogPosition(rawValue: 7)))
        #expect(filled.memoryByteCount == promised)
        #expect(filled.position == written.position)
        expectAlike(filled, written)
        // Each batch goes to the side that readers are not on: two of them show both.
        for batch in 0..<4 as Range<UInt64> {
            let changes = (0..<700).map { _ in
                let id = UInt64.random(in: 0..<9_500, using: &generator)
                return batch % 2 == 0
                    ? ShopSchema.account(id, owner: id % 13, amount: id % 77)
                    : ShopSchema.deletion(id)
            }
            for store in [filled, written] {
                store.publish(changes, position: LogPosition(rawValue: 8 + batch))
            }
            expectAlike(filled, written)
        }
        let counts = filled.statistics().map(\.documentCount)
        #expect(counts == written.statistics().map(\.documentCount))
    }

    private func expectAlike(_ left: DocumentStore, _ right: DocumentStore) {
        for index in ShopSchema.collections[ShopSchema.accounts].indexes.indices {
            let pages = [left, right].map { $0.makeReader().page(index).documents }
            #expect(pages[0] == pages[1])
            #expect(!pages[0].isEmpty)
        }
    }

    @Test func `two documents with the same key in an index fill no store`() {
        let keys = (0..<300 as Range<UInt64>).map { DocumentKey($0 == 299 ? 150 : $0) }
        let load = load(keys, width: 8)
        let store = DocumentStore(schema: load.schema)
        #expect(!store.fill(with: load, position: LogPosition(rawValue: 1)))
    }

    @Test func `a key that is there already, or out of order, is not taken`() {
        let load = load([DocumentKey(5 as UInt64), DocumentKey(6 as UInt64)], width: 8)
        for id in [0, 1] as [UInt64] {
            let again = unsafe record(id, DocumentKey(9 as UInt64))
            #expect(unsafe !load.add(again, to: 0))
            unsafe again.free()
        }
        // A key that another begins with comes before it.
        var longer = DocumentKey(1 as UInt64)
        longer.append(UInt8(0))
        let next = unsafe StoredRecord.make(
            key: longer, indexKeys: [DocumentKey(9 as UInt64)],
            body: StoredBody(encoding: .identity, rawByteCount: 0, bytes: []),
            position: .beginning)
        #expect(unsafe load.add(next, to: 0))
    }
}
