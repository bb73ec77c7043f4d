import Foundation
import Synchronization
import TandemCore
import TestSupport
import Testing

@testable import DocumentStore

/// Readers and a writer on threads of their own. Runs under the thread sanitizer as well.
struct ConcurrencyTests {
    static let accountCount: UInt64 = 64
    static let amountAtStart: UInt64 = 1_000

    /// What the readers of a run found.
    struct Findings: Sendable, Equatable {
        var pinCount = 0
        var wrongSums = 0
        var wrongIndexes = 0
        var stalePositions = 0
        var wrongBodies = 0
    }

    /// The number, then bytes that follow from it: freed or half written memory shows.
    static func body(_ amount: UInt64, position: UInt64) -> [UInt8] {
        var bytes = DocumentKey(amount).bytes + DocumentKey(position).bytes
        for offset in 0..<Int(amount % 200) {
            bytes.append(UInt8(truncatingIfNeeded: amount &* 31 &+ UInt64(offset)))
        }
        return bytes
    }

    static func account(_ id: UInt64, _ amount: UInt64, position: UInt64) -> DocumentChange {
        ShopSchema.account(
            id, owner: amount % 5, amount: amount, body: body(amount, position: position))
    }

    /// Reads everything under one pin, twice, and checks that it fits together.
    static func inspect(_ reader: DocumentReader, seen: LogPosition, _ findings: inout Findings) {
        reader.pin()
        defer { reader.unpin() }
        findings.pinCount += 1
        if reader.position < seen { findings.stalePositions += 1 }
        var sum: UInt64 = 0
        var newest: UInt64 = 0
        for id in 0..<accountCount {
            guard let document = reader.document(collection: 0, key: DocumentKey(id)) else {
                continue
            }
            let copy = CopiedDocument(document)
            sum += copy.number
            let position = copy.bytes.dropFirst(8).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
            newest = max(newest, position)
            if copy.bytes != body(copy.number, position: position) { findings.wrongBodies += 1 }
        }
        if sum != accountCount * amountAtStart { findings.wrongSums += 1 }
        // Each batch changes at least one document, and writes its position into it.
        if newest != reader.position.rawValue { findings.stalePositions += 1 }
        for index in 0..<2 {
            var indexedSum: UInt64 = 0
            let range = IndexRange(
                collection: 0, index: index, prefix: DocumentKey(), descending: index == 1)
            let next = reader.scan(range, after: nil, limit: .max) {
                indexedSum += CopiedDocument($0).number
                return true
            }
            if indexedSum != sum || next != nil { findings.wrongIndexes += 1 }
        }
    }

    /// A batch that moves amounts between accounts; an account without any is deleted.
    static func transfer(
        _ amounts: inout [UInt64], position: UInt64, _ generator: inout SeededGenerator
    ) -> [DocumentChange] {
        var changes: [DocumentChange] = []
        for _ in 0..<Int.random(in: 1...6, using: &generator) {
            let from = Int.random(in: 0..<amounts.count, using: &generator)
            let to = Int.random(in: 0..<amounts.count, using: &generator)
            let moved =
                Bool.random(using: &generator)
                ? amounts[from] : UInt64.random(in: 0...amounts[from], using: &generator)
            amounts[from] -= moved
            amounts[to] += moved
            for id in [from, to] {
                changes.append(
                    amounts[id] == 0
                        ? ShopSchema.deletion(UInt64(id))
                        : account(UInt64(id), amounts[id], position: position))
            }
        }
        let marked = amounts.firstIndex { $0 > 0 } ?? 0
        changes.append(account(UInt64(marked), amounts[marked], position: position))
        return changes
    }

    @Test func `concurrent readers see whole batches, live documents and matching indexes`() {
        let store = DocumentStore(schema: ShopSchema.collections)
        var amounts = [UInt64](repeating: Self.amountAtStart, count: Int(Self.accountCount))
        store.publish(
            (0..<Self.accountCount).map { Self.account($0, Self.amountAtStart, position: 1) },
            position: LogPosition(rawValue: 1))
        let isDone = Atomic<Bool>(false)
        let readerCount = 3
        let results = Mutex<[Findings]>([])
        var generator = SeededGenerator(seed: 77)
        withThreads(readerCount) {
            let reader = store.makeReader()
            var findings = Findings()
            while !isDone.load(ordering: .acquiring) || findings.pinCount < 50 {
                Self.inspect(reader, seen: store.position, &findings)
            }
            results.withLock { $0.append(findings) }
        } meanwhile: {
            for position in 2...1_500 as ClosedRange<UInt64> {
                let changes = Self.transfer(&amounts, position: position, &generator)
                store.publish(changes, position: LogPosition(rawValue: position))
            }
            isDone.store(true, ordering: .releasing)
        }
        for var findings in results.withLock({ $0 }) {
            #expect(findings.pinCount >= 50)
            findings.pinCount = 0
            #expect(findings == Findings())
        }
        #expect(results.withLock { $0.count } == readerCount)
    }

    @Test func `a writer waits for a reader that is still on the side it wants to change`() {
        let store = DocumentStore(schema: ShopSchema.collections)
        store.publish([ShopSchema.note(1, [1, 1, 1])], position: LogPosition(rawValue: 1))
        let reader = store.makeReader()
        reader.pin()
        let document = reader.document(collection: ShopSchema.notes, key: DocumentKey(1))
        let isUnpinned = Atomic<Bool>(false)
        let order = Mutex<[Bool]>([])
        withThreads(1) {
            // This one flips; the next has to wait for the pin before it changes our side.
            store.publish([ShopSchema.note(1, [2, 2, 2])], position: LogPosition(rawValue: 2))
            store.publish([ShopSchema.note(1, [3, 3, 3])], position: LogPosition(rawValue: 3))
            order.withLock { $0.append(isUnpinned.load(ordering: .acquiring)) }
        } meanwhile: {
            while store.position < LogPosition(rawValue: 2) { Thread.sleep(forTimeInterval: 0.001) }
            Thread.sleep(forTimeInterval: 0.05)
            #expect(document.map { CopiedDocument($0).bytes } == [1, 1, 1])
            #expect(reader.position == LogPosition(rawValue: 1))
            isUnpinned.store(true, ordering: .releasing)
            reader.unpin()
        }
        #expect(order.withLock { $0 } == [true])
        #expect(reader.copy(1, collection: ShopSchema.notes)?.bytes == [3, 3, 3])
    }

    @Test func `readers come and go while the writer publishes`() {
        let store = DocumentStore(schema: ShopSchema.collections)
        withThreads(3) {
            for _ in 0..<2_000 {
                let reader = store.makeReader()
                if let found = reader.copy(1, collection: ShopSchema.notes) {
                    #expect(Set(found.bytes).count == 1)
                }
            }
        } meanwhile: {
            for round in 0..<2_000 as Range<UInt64> {
                let bytes = [UInt8](repeating: UInt8(round % 256), count: 100)
                store.publish([ShopSchema.note(1, bytes)], position: LogPosition(rawValue: round))
            }
        }
    }

    /// Runs a body on each of several threads while this one does something else.
    func withThreads(
        _ threadCount: Int, _ body: @escaping @Sendable () -> Void, meanwhile: () -> Void
    ) {
        let group = DispatchGroup()
        for _ in 0..<threadCount {
            group.enter()
            Thread.detachNewThread {
                body()
                group.leave()
            }
        }
        meanwhile()
        group.wait()
    }
}
