import Compression
import TandemCore
import TestSupport
import Testing

@testable import DocumentStore

struct DocumentStoreTests {
    let store = DocumentStore(schema: ShopSchema.collections)

    @Test func `a batch becomes visible with its position, all at once`() {
        let reader = store.makeReader()
        reader.pin()
        store.publish(
            [ShopSchema.account(1, amount: 10), ShopSchema.note(1, [5])],
            position: LogPosition(rawValue: 3))
        #expect(reader.position == .beginning)
        #expect(reader.document(collection: 0, key: DocumentKey(1)) == nil)
        reader.unpin()
        #expect(store.position == LogPosition(rawValue: 3))
        #expect(reader.pinned { $0.position } == LogPosition(rawValue: 3))
        #expect(reader.copy(1)?.number == 10)
        #expect(reader.copy(1, collection: ShopSchema.notes)?.bytes == [5])
        #expect(reader.copy(2) == nil)
    }

    @Test func `the store holds what a dictionary would, whatever was put and deleted`() {
        var generator = SeededGenerator(seed: 31)
        let reader = store.makeReader()
        var model: [UInt64: (owner: UInt64, amount: UInt64)] = [:]
        for position in 1...400 as ClosedRange<UInt64> {
            var changes: [DocumentChange] = []
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                let id = UInt64.random(in: 0..<500, using: &generator)
                if Int.random(in: 0..<10, using: &generator) < (position < 250 ? 3 : 7) {
                    changes.append(ShopSchema.deletion(id))
                    model[id] = nil
                } else {
                    let owner = UInt64.random(in: 0..<6, using: &generator)
                    let amount = UInt64.random(in: 0..<30, using: &generator)
                    changes.append(ShopSchema.account(id, owner: owner, amount: amount))
                    model[id] = (owner, amount)
                }
            }
            store.publish(changes, position: LogPosition(rawValue: position))
            let id = UInt64.random(in: 0..<500, using: &generator)
            #expect(reader.copy(id)?.number == model[id]?.amount)
            let owner = UInt64.random(in: 0..<6, using: &generator)
            let page = reader.page(ShopSchema.byOwner, prefix: DocumentKey(owner))
            let owned = model.filter { $0.value.owner == owner }.keys.sorted()
            #expect(page.documents.map(\.key) == owned.map { DocumentKey($0) })
            #expect(page.next == nil)
        }
        let richest = reader.page(ShopSchema.byAmount).documents.map(\.number)
        #expect(richest == model.values.map(\.amount).sorted(by: >))
        #expect(store.statistics()[0].documentCount == model.count)
    }

    @Test func `a document whose index keys change moves in the index`() {
        let reader = store.makeReader()
        store.publish(
            [ShopSchema.account(1, owner: 1), ShopSchema.account(2, owner: 1)], position: .beginning
        )
        store.publish([ShopSchema.account(1, owner: 2)], position: .beginning)
        for _ in 0..<2 {
            #expect(reader.page(0, prefix: DocumentKey(1)).documents.map(\.key) == [DocumentKey(2)])
            #expect(reader.page(0, prefix: DocumentKey(2)).documents.map(\.key) == [DocumentKey(1)])
            // Once more on the other side.
            store.publish([], position: .beginning)
        }
    }

    @Test func `the last of several changes to a document in one batch counts`() {
        let reader = store.makeReader()
        store.publish(
            [
                ShopSchema.account(1, owner: 1, amount: 1), ShopSchema.deletion(1),
                ShopSchema.account(1, owner: 2, amount: 2),
                ShopSchema.account(1, owner: 3, amount: 3), ShopSchema.account(2, owner: 3),
                ShopSchema.deletion(2), ShopSchema.deletion(2),
            ], position: LogPosition(rawValue: 1))
        for _ in 0..<2 {
            #expect(reader.copy(1)?.number == 3)
            #expect(reader.copy(2) == nil)
            #expect(reader.page(0).documents.map(\.number) == [3])
            store.publish([], position: LogPosition(rawValue: 2))
        }
    }

    @Test func `memory returns to where it was when all documents are deleted`() {
        var generator = SeededGenerator(seed: 32)
        store.publish([], position: .beginning)
        let empty = store.statistics()
        var ids = (0..<UInt64(5_000)).map { $0 }
        for round in 0..<3 as Range<UInt64> {
            ids.shuffle(using: &generator)
            store.publish(
                ids.map { ShopSchema.account($0, owner: $0 % 7, amount: $0 + round) },
                position: .beginning)
            let full = store.statistics()[0]
            #expect(full.documentCount == ids.count)
            #expect(full.rawByteCount == ids.count * 8)
            #expect(full.storedByteCount == ids.count * 8)
            // 13 bytes of header, 41 of keys, 8 of body, and an allocator's share each.
            #expect(full.memoryByteCount > ids.count * 80)
            ids.shuffle(using: &generator)
            store.publish(ids.map { ShopSchema.deletion($0) }, position: .beginning)
            store.publish([], position: .beginning)
            store.publish([], position: .beginning)
            #expect(store.statistics() == empty)
        }
    }

    @Test func `replacing documents for ever does not grow the store`() {
        let changes = (0..<UInt64(1_000)).map { ShopSchema.account($0, owner: 1, amount: $0) }
        for _ in 0..<2 { store.publish(changes, position: .beginning) }
        let memory = store.statistics()
        for _ in 0..<50 { store.publish(changes, position: .beginning) }
        #expect(store.statistics() == memory)
    }

    @Test func `dictionaries keep the numbers they were given first`() {
        let first = CompressionDictionary(bytes: [1, 2, 3])
        let second = CompressionDictionary(bytes: [4])
        #expect(store.addDictionary(first) == .dictionary(0))
        #expect(store.addDictionary(second) == .dictionary(1))
        #expect(store.addDictionary(CompressionDictionary(bytes: [1, 2, 3])) == .dictionary(0))
        #expect(store.dictionaries == [first, second])
        #expect(StoredEncoding.dictionary(1).rawValue == 3)
        #expect(StoredEncoding.dictionary(1).dictionaryNumber == 1)
        #expect(StoredEncoding.zlib.dictionaryNumber == nil)
    }

    @Test func `documents that come and go take no more room the longer it goes on`() {
        store.publish([ShopSchema.account(0)], position: .beginning)
        func rounds(_ ids: ClosedRange<UInt64>) -> Int {
            for id in ids {
                store.publish([ShopSchema.account(id, amount: id)], position: .beginning)
                store.publish([ShopSchema.deletion(id)], position: .beginning)
            }
            return store.statistics()[ShopSchema.accounts].memoryByteCount
        }
        let early = rounds(1...100)
        #expect(rounds(101...5_000) <= early)
    }

    @Test func `a bug of the domain ends the process with a sentence`() async {
        await #expect(processExitsWith: .failure) {
            let store = DocumentStore(schema: ShopSchema.collections)
            let body = StoredBody(encoding: .identity, rawByteCount: 0, bytes: [])
            store.publish(
                [
                    DocumentChange(
                        collection: 0, key: DocumentKey(1),
                        content: .put(body, indexKeys: [DocumentKey(1), DocumentKey(2)]),
                        position: .beginning)
                ], position: .beginning)
        }
        await #expect(processExitsWith: .failure) {
            _ = DocumentStore(schema: ShopSchema.collections).makeReader().position
        }
    }
}
