import DocumentStore
import SwiftProtobuf
import TandemCore
import WriteStore

/// What has to hold of a domain before it can be served.
enum DomainCheck {
    static func check(_ documents: [any Document.Type]) throws(DomainMistake) {
        var names: Set<String> = []
        for document in documents {
            guard names.insert(document.collectionName).inserted else {
                throw .twoCollections(document.collectionName)
            }
            try checkIndexes(of: document)
        }
    }

    private static func checkIndexes<D: Document>(of document: D.Type) throws(DomainMistake) {
        let collection = document.collectionName
        let keyByteCount = D.ID.documentKeyByteCount
        guard keyByteCount <= DocumentKey.byteCountMax else {
            throw .wideKey(of: collection, byteCount: keyByteCount)
        }
        let indexes = document.indexes
        guard indexes.count <= CollectionSchema.indexCountMax else {
            throw .tooManyIndexes(indexes.count, of: collection)
        }
        var names: Set<String> = []
        for index in indexes {
            guard names.insert(index.name).inserted else {
                throw .twoIndexes(index.name, of: collection)
            }
            for component in index.components {
                guard case .text(let byteCount) = component.encoding else { continue }
                guard byteCount > 0 else { throw .emptyText(index.name, of: collection) }
            }
            guard index.byteCount <= DocumentKey.byteCountMax else {
                throw .wideIndex(index.name, of: collection, byteCount: index.byteCount)
            }
        }
    }

    static func check(
        _ views: [any View], events: [any Event.Type]
    ) throws(DomainMistake) {
        let listed = Set(events.map { ObjectIdentifier($0) })
        var works: [ObjectIdentifier: [ViewEffect.Work]] = [:]
        for effect in views.map(\.effect) {
            guard let event = effect.event else { continue }
            guard listed.contains(ObjectIdentifier(event)) else {
                throw .unlistedEvent(event, in: "there is a view")
            }
            works[ObjectIdentifier(event), default: []].append(effect.work)
        }
        for event in events {
            let works = works[ObjectIdentifier(event)] ?? []
            guard !works.isEmpty else { throw .noView(event) }
            guard works.count == 1 || !works.contains(where: \.isNothing) else {
                throw .ignoredAndUsed(event)
            }
            guard works.count(where: \.isReduction) <= 1 else { throw .twoWhens(event) }
        }
    }

    /// Totals of documents that are listed, and no totals of totals: a batch adds up once.
    static func check(
        sumsOf views: [any View], in collections: Collections
    ) throws(DomainMistake) {
        let sums = views.compactMap(\.effect.work.sum)
        let totals = Set(sums.map { ObjectIdentifier($0.total) })
        for sum in sums {
            _ = try collections.number(of: sum.source)
            _ = try collections.number(of: sum.total)
            guard !totals.contains(ObjectIdentifier(sum.source)) else {
                throw .totalOfTotals(sum.source, sum.total)
            }
        }
    }

    static func check(
        _ deciders: [FoldedEvents], events: [any Event.Type], retired: [any RetiredEvent.Type]
    ) throws(DomainMistake) {
        for event in events + retired.map({ $0 as any Event.Type }) {
            guard !event.streamKind.isEmpty, !event.streamKind.contains("-") else {
                throw .streamKind(event.streamKind, of: event)
            }
        }
        for decider in deciders {
            var folded: Set<ObjectIdentifier> = []
            for event in decider.events {
                guard folded.insert(ObjectIdentifier(event)).inserted else {
                    throw .evolvedTwice(event, by: decider.kind)
                }
                guard events.contains(where: { $0 == event }) else {
                    throw .unlistedEvent(event, in: "there is an Evolve")
                }
                guard event.streamKind == decider.kind else {
                    throw .evolvedElsewhere(event, by: decider.kind)
                }
            }
            let own = events.filter { $0.streamKind == decider.kind }
            guard !own.isEmpty else { throw .deciderWithoutEvents(decider.kind) }
            for event in own where !folded.contains(ObjectIdentifier(event)) {
                throw .notEvolved(event, by: decider.kind)
            }
        }
    }

    /// A replay without tables has no steps, and any other one a step for each event.
    static func check<DomainTables>(
        _ replay: Replay<DomainTables>, events: [any Event.Type]
    ) throws(DomainMistake) {
        var applied: Set<ObjectIdentifier> = []
        for step in replay.steps {
            guard events.contains(where: { $0 == step.event }) else {
                throw .unlistedEvent(step.event, in: "there is an Apply")
            }
            guard applied.insert(ObjectIdentifier(step.event)).inserted else {
                throw .appliedTwice(step.event)
            }
        }
        guard !replay.tables.isEmpty || !replay.steps.isEmpty else { return }
        for event in events where !applied.contains(ObjectIdentifier(event)) {
            throw .notApplied(event)
        }
    }

    static func check(_ migrations: [Migration]) throws(DomainMistake) {
        var names: Set<String> = []
        for migration in migrations {
            guard names.insert(migration.name).inserted, !migration.name.hasPrefix("tandem.") else {
                throw .migrationName(migration.name)
            }
        }
    }

    /// Tries what the views of an empty event of each type would change.
    static func rehearse(
        _ views: [any View], in collections: Collections
    ) throws(DomainMistake) {
        for effect in views.map(\.effect) {
            guard case .fanOut(let make) = effect.work, let event = effect.event else { continue }
            do {
                _ = try make(event.init(), collections)
            } catch let mistake as IndexMistake {
                throw .index(mistake, in: "the UpdateAll of \(event.eventName)")
            } catch let mistake as DomainMistake {
                throw mistake
            } catch {
                // Of an empty event; of others nobody can say yet.
            }
        }
    }

    static func check(
        _ methods: [any Method], commands: [String], queries: [String]
    ) throws(DomainMistake) {
        var listed: Set<String> = []
        for method in methods {
            guard isWellFormed(method.name) else { throw .malformedMethod(method.name) }
            guard listed.insert(method.name).inserted else {
                throw .twoMethodsOfOneName(method.name)
            }
        }
        var handled: Set<String> = []
        for name in commands + queries {
            guard listed.contains(name) else { throw .unlistedMethod(name) }
            guard handled.insert(name).inserted else { throw .twoHandlers(name) }
        }
        for method in methods where !handled.contains(method.name) {
            throw .noHandler(method.name, kind: (method as? any Handled)?.handlers ?? "one")
        }
    }

    static func check(
        batches: [(method: String, part: String, countMax: Int)], parts: [String]
    ) throws(DomainMistake) {
        for batch in batches {
            guard parts.contains(batch.part) else {
                throw .batchOfNothing(batch.method, part: batch.part)
            }
            guard CommandBatch.countMax.contains(batch.countMax) else {
                throw .batchCount(batch.method, batch.countMax)
            }
        }
    }

    static func rehearse(_ queries: [QueryHandler]) throws(DomainMistake) {
        for query in queries {
            do { try query.rehearse() } catch let mistake as IndexMistake {
                throw .index(mistake, in: query.definition.method)
            } catch {
                // It turns an empty request down, which is its good right.
            }
        }
    }

    private static func isWellFormed(_ name: String) -> Bool {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        return parts.count == 2 && parts[0].contains(".") && !parts[1].isEmpty
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
                    UInt8(ascii: "/"):
                    true
                default: false
                }
            }
    }
}

/// What can handle a method, whatever its messages.
private protocol Handled { var handlers: String { get } }
extension Command: Handled { var handlers: String { "an On" } }
extension Query: Handled { var handlers: String { "a Get or a First" } }
extension Listing: Handled { var handlers: String { "a List or a GetMany" } }

extension ViewEffect.Work {
    var isNothing: Bool { if case .nothing = self { true } else { false } }
    var isReduction: Bool { if case .reduce = self { true } else { false } }
}

extension Event {
    static var streamKind: String { "\(stream.kind)" }
}
