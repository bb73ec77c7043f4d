import TandemCore
import TestSupport
import Testing

@testable import DocumentStore

struct ScanTests {
    let store = DocumentStore(schema: ShopSchema.collections)

    @Test(arguments: [true, false])
    func `pages have no gaps and no doubles while documents change between them`(
        descending: Bool
    ) {
        var generator = SeededGenerator(seed: 51)
        let reader = store.makeReader()
        let owner: UInt64 = 3
        // Multiples of ten stay; all others come and go.
        let staying = (0..<UInt64(300)).map { $0 * 10 }
        var changes = staying.map { ShopSchema.account($0, owner: owner) }
        changes += (0..<UInt64(300)).map { ShopSchema.account($0 + 10_000, owner: owner + 1) }
        store.publish(changes, position: .beginning)
        var seen: [DocumentKey] = []
        var after: DocumentKey?
        repeat {
            let page = reader.page(
                ShopSchema.byOwner, prefix: DocumentKey(owner), after: after,
                descending: descending, limit: 7)
            #expect(page.documents.count <= 7)
            seen += page.documents.map(\.key)
            after = page.next
            store.publish(
                (0..<100).map { _ in
                    let id = UInt64.random(in: 0..<3_000, using: &generator)
                    if id % 10 == 0 {
                        return ShopSchema.account(id, owner: owner, amount: generator.next())
                    }
                    return Bool.random(using: &generator)
                        ? ShopSchema.account(id, owner: owner) : ShopSchema.deletion(id)
                }, position: .beginning)
        } while after != nil
        #expect(seen == (descending ? seen.sorted().reversed() : seen.sorted()))
        #expect(Set(seen).count == seen.count)
        #expect(Set(staying.map { DocumentKey($0) }).isSubset(of: seen))
    }

    @Test func `the last page says that there are no more`() {
        let reader = store.makeReader()
        store.publish((0..<UInt64(6)).map { ShopSchema.account($0) }, position: .beginning)
        let first = reader.page(ShopSchema.byOwner, limit: 3)
        #expect(first.next != nil)
        #expect(reader.page(ShopSchema.byOwner, after: first.next, limit: 3).next == nil)
        #expect(reader.page(ShopSchema.byOwner, limit: 6).next == nil)
        #expect(reader.page(ShopSchema.byOwner, limit: 0).documents.isEmpty)
        #expect(reader.page(ShopSchema.byOwner, limit: -1).next == nil)
    }

    @Test(arguments: [true, false])
    func `a scan that had enough before its limit says where to go on`(descending: Bool) {
        let reader = store.makeReader()
        store.publish((0..<UInt64(50)).map { ShopSchema.account($0) }, position: .beginning)
        reader.pin()
        defer { reader.unpin() }
        var seen: [DocumentKey] = []
        var after: DocumentKey?
        repeat {
            let seenBefore = seen.count
            let range = IndexRange(
                collection: ShopSchema.accounts, index: ShopSchema.byOwner, prefix: DocumentKey(),
                descending: descending)
            after = reader.scan(range, after: after, limit: 20) { document in
                seen.append(document.key)
                return seen.count % 7 != 0
            }
            #expect(seen.count - seenBefore <= 7)
        } while after != nil
        let ids = (0..<UInt64(50)).map { DocumentKey($0) }
        #expect(seen == (descending ? ids.reversed() : ids))
    }

    @Test func `a cursor that a client made up finds what lies behind it, inside the prefix`() {
        var generator = SeededGenerator(seed: 52)
        let reader = store.makeReader()
        var keys: [DocumentKey] = []
        var changes: [DocumentChange] = []
        for id in 0..<UInt64(200) {
            let owner = UInt64.random(in: 0...4, using: &generator)
            let change = ShopSchema.account(id &* 0x0101_0101_0101_0101, owner: owner)
            if case .put(_, let indexKeys) = change.content { keys.append(indexKeys[0]) }
            changes.append(change)
        }
        store.publish(changes, position: .beginning)
        for _ in 0..<3_000 {
            let byteCount = Int.random(in: 0...48, using: &generator)
            var bytes = keys[Int.random(in: 0..<200, using: &generator)].bytes
            bytes = Array(
                (bytes + (0..<32).map { _ in UInt8.random(in: 0...1, using: &generator) })
                    .prefix(byteCount))
            if !bytes.isEmpty, Bool.random(using: &generator) {
                bytes[bytes.count - 1] = [0, 255].randomElement(using: &generator) ?? 0
            }
            guard let after = DocumentKey(bytes: bytes) else { continue }
            let prefix = DocumentKey(UInt64.random(in: 0...5, using: &generator))
            let descending = Bool.random(using: &generator)
            let found = reader.page(
                ShopSchema.byOwner, prefix: prefix, after: after, descending: descending)
            var expected = keys.filter { $0.hasPrefix(prefix) }
            expected = expected.filter { descending ? $0 < after : $0 > after }.sorted()
            if descending { expected.reverse() }
            #expect(found.documents.map(\.key) == expected.map { DocumentKey(suffixOf: $0) })
        }
    }

    @Test func `a range equals a filter of all, from any cursor, in either direction`() {
        var generator = SeededGenerator(seed: 53)
        let reader = store.makeReader()
        var keys: [DocumentKey] = []
        var changes: [DocumentChange] = []
        for id in 0..<UInt64(200) {
            let owner = UInt64.random(in: 0...4, using: &generator)
            let change = ShopSchema.account(id &* 0x0101_0101_0101_0101, owner: owner)
            if case .put(_, let indexKeys) = change.content { keys.append(indexKeys[0]) }
            changes.append(change)
        }
        store.publish(changes, position: .beginning)
        func bound() -> DocumentKey? {
            guard Bool.random(using: &generator) else { return nil }
            let key = keys[Int.random(in: 0..<200, using: &generator)]
            let byteCount = [8, 9, 15, 16].randomElement(using: &generator) ?? 16
            return DocumentKey(bytes: key.bytes.prefix(byteCount))
        }
        for _ in 0..<3_000 {
            let (lower, upper, after) = (bound(), bound(), bound())
            let prefix =
                Bool.random(using: &generator)
                ? DocumentKey() : DocumentKey(UInt64.random(in: 0...5, using: &generator))
            let descending = Bool.random(using: &generator)
            let found = reader.page(
                ShopSchema.byOwner, prefix: prefix, after: after, lower: lower, upper: upper,
                descending: descending)
            let expected = keys.filter { key in
                guard key.hasPrefix(prefix) else { return false }
                if let lower, key < lower { return false }
                if let upper, key >= upper { return false }
                guard let after else { return true }
                return descending ? key < after : key > after
            }.sorted()
            #expect(
                found.documents.map(\.key)
                    == (descending ? expected.reversed() : expected).map {
                        DocumentKey(suffixOf: $0)
                    })
        }
    }

    @Test func `a prefix longer than the index's keys finds nothing`() {
        let reader = store.makeReader()
        store.publish([ShopSchema.account(1)], position: .beginning)
        let long = DocumentKey(bytes: [UInt8](repeating: 0, count: 17)) ?? DocumentKey()
        #expect(reader.page(ShopSchema.byOwner, prefix: long).documents.isEmpty)
    }
}

extension DocumentKey {
    /// The document's key, the last eight bytes of an index key.
    init(suffixOf indexKey: DocumentKey) {
        self.init(indexKey.bytes.suffix(8).reduce(0) { $0 << 8 | UInt64($1) })
    }
}
