import TandemCore
import TestSupport
import Testing

@testable import DocumentStore

struct LookUpTests {
    @Test func `documents looked up together are those looked up one by one`() {
        var random = SeededGenerator(seed: 5_150)
        let store = DocumentStore(schema: ShopSchema.collections)
        let reader = store.makeReader()
        for position in 1...60 as ClosedRange<UInt64> {
            let changes = (0..<Int.random(in: 0...20, using: &random)).map { _ in
                let id = UInt64.random(in: 0..<200, using: &random)
                return switch Int.random(in: 0..<4, using: &random) {
                case 0: ShopSchema.deletion(id)
                case 1: ShopSchema.note(id, [UInt8](repeating: 3, count: Int(id)))
                default: ShopSchema.account(id, amount: id)
                }
            }
            store.publish(changes, position: LogPosition(rawValue: position))
            reader.pin()
            reader.lookUps.removeAll()
            let keys = (0..<Int.random(in: 0...LookUps.countMax, using: &random)).map { _ in
                (
                    DocumentKey(.random(in: 0..<200, using: &random)),
                    Int.random(in: 0...1, using: &random)
                )
            }
            for (key, collection) in keys { reader.lookUps.add(key, of: collection) }
            reader.findAll()
            #expect(reader.lookUps.count == keys.count)
            for (index, (key, collection)) in keys.enumerated() {
                let alone = reader.document(collection: collection, key: key)
                let together = reader.lookUps[index]
                #expect(together?.key == alone?.key)
                #expect(unsafe together?.body.baseAddress == alone?.body.baseAddress)
                #expect(reader.lookUps.collection(index) == collection)
            }
            reader.unpin()
        }
    }

    @Test func `of two keys with the same hash, each has its own document`() throws {
        let hash = SipHash(key0: 1, key1: 2)
        var ids: [UInt32: UInt64] = [:]
        var pair: (UInt64, UInt64)?
        for id in 0..<1_000_000 as Range<UInt64> where pair == nil {
            let hash32 = UInt32(truncatingIfNeeded: hash.hash(DocumentKey(id)))
            if let other = ids.updateValue(id, forKey: hash32) { pair = (other, id) }
        }
        let (first, second) = try #require(pair)
        let leftRight = LeftRight(ShopSchema.collections)
        var writer = StoreWriter(
            ShopSchema.collections, leftRight: leftRight, readers: ReaderRegistry(), hash: hash)
        _ = writer.publish(
            [ShopSchema.note(first, [1]), ShopSchema.note(second, [2])], position: .beginning,
            overlay: nil)
        let lookUps = LookUps()
        for id in [second, first, second] {
            lookUps.add(DocumentKey(id), of: ShopSchema.notes)
        }
        unsafe lookUps.find(on: leftRight.active(), hash)
        let bodies = (0..<3).map { unsafe lookUps[$0]?.body.first }
        #expect(bodies == [2, 1, 2])
        writer.freeRetired()
    }
}
