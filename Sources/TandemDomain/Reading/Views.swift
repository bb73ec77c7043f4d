import DocumentStore
public import Projection
import SwiftProtobuf
public import TandemCore

/// What events do to documents: ``When``, ``UpdateAll`` and ``Ignore``; and what documents add up
/// to: ``AddUp``.
///
/// Pure: no I/O, no clock, no chance. The same events in the same order always make the same
/// documents, however they are cut into batches. What a view throws stops the projection at that
/// event: nothing is skipped.
public protocol View: Sendable {
    /// For the server: what it does, and of which event.
    var effect: ViewEffect { get }
}

/// One view's part in the projection.
public struct ViewEffect: Sendable {
    /// `nil` of a view that is of no event: an ``AddUp``.
    let event: (any Event.Type)?
    let work: Work

    enum Work: Sendable {
        case reduce(@Sendable (any Event, DocumentEditor) throws -> Void)
        case fanOut(@Sendable (any Event, Collections) throws -> FanOut)
        case sum(Sum)
        case nothing
    }

    struct Sum: Sendable {
        let source: any Document.Type
        let total: any Document.Type
        let summation: Summation
    }
}

/// What an event does to the documents that it names: a few, that the event's own size bounds.
public struct When: View {
    public let effect: ViewEffect

    /// - Parameter change: on the projection's thread, one event after the other. What it throws
    ///   stops the projection.
    public init<E: Event>(
        _ event: E.Type, _ change: @escaping @Sendable (E, DocumentEditor) throws -> Void
    ) {
        effect = ViewEffect(
            event: event,
            work: .reduce { event, documents in try change(Self.typed(event), documents) })
    }

    static func typed<E: Event>(_ event: any Event) -> E {
        guard let event = event as? E else {
            preconditionFailure("an event was given to another's view")
        }
        return event
    }
}

/// What an event does to all documents that have something in common, however many: visible at
/// once and as a whole, and carried out in the background, a few hundred at a time.
///
/// The change must leave what an index of the document orders by as it is. Documents that a
/// ``When`` of the same event saves are not changed.
public struct UpdateAll: View {
    public let effect: ViewEffect

    /// - Parameters:
    ///   - selection: which documents; of a whole component of the index, not of a range.
    ///   - change: pure, and the same whenever it is called; on any thread.
    public init<E: Event, Subject: Document>(
        _ event: E.Type, _ selection: @escaping @Sendable (E) throws -> Selection<Subject>,
        change: @escaping @Sendable (inout Subject, E) -> Void
    ) {
        effect = ViewEffect(
            event: event,
            work: .fanOut(
                { event, collections in
                    let event: E = When.typed(event)
                    let range = try selection(event).fanOutRange(
                        of: try collections.number(of: Subject.self))
                    return FanOut(Subject.self, index: range.index, prefix: range.prefix) {
                        change(&$0, event)
                    }
                }))
    }
}

/// Documents that are sums over others: what has been sold of a product, what a user has spent.
///
/// ```swift
/// AddUp(Bank_V1_Account.self) { account in [Bank_V1_Branch(account)] }
/// ```
///
/// Each document of the one type has some parts, small ``Total``s with their keys; a total is the
/// sum of the parts of all documents that there are. It follows whatever events do to these: no
/// view changes a total, and no event needs to be thought of. Exact at every position.
///
/// Whoever changes what is added renames an index of the total, or its collection, so that the
/// documents are built anew.
public struct AddUp: View {
    public let effect: ViewEffect

    /// - Parameter parts: what a document adds to which totals. Pure; made of nothing that an
    ///   ``UpdateAll`` changes. What it throws stops the projection.
    @inlinable public init<Source: Document, Sum: Total>(
        _ source: Source.Type, _ parts: @escaping @Sendable (Source) throws -> [Sum]
    ) {
        self.init(source, Sum.self, Summation(of: source, parts: parts))
    }

    /// The same with the total's type said first, which Swift needs where a closure has more than
    /// one line.
    ///
    /// ```swift
    /// AddUp(Booking.self, to: FilmRevenue.self) { booking in
    ///     guard booking.status == .booked else { return [] }
    ///     return [FilmRevenue(booking)]
    /// }
    /// ```
    @inlinable public init<Source: Document, Sum: Total>(
        _ source: Source.Type, to total: Sum.Type,
        _ parts: @escaping @Sendable (Source) throws -> [Sum]
    ) {
        self.init(source, parts)
    }

    @usableFromInline init(
        _ source: any Document.Type, _ total: any Document.Type, _ summation: Summation
    ) {
        effect = ViewEffect(
            event: nil,
            work: .sum(.init(source: source, total: total, summation: summation)))
    }
}

/// An event that no document is concerned with.
public struct Ignore: View {
    public let effect: ViewEffect

    /// - Parameter event: one that commands append, and no ``When`` and no ``UpdateAll`` names.
    public init(_ event: any Event.Type) {
        effect = ViewEffect(event: event, work: .nothing)
    }
}

/// Collects a domain's views.
@resultBuilder public enum ViewsBuilder {
    public static func buildExpression(_ view: some View) -> [any View] { [view] }

    /// Views that were collected elsewhere.
    public static func buildExpression(_ views: [any View]) -> [any View] { views }

    public static func buildBlock(_ views: [any View]...) -> [any View] { views.flatMap { $0 } }
}

/// A domain's views, as the projection sees them.
struct ViewReducer: Reducer {
    private let events: EventRegistry
    private let collections: Collections
    private let effects: [ObjectIdentifier: [ViewEffect.Work]]
    let summations: [Summation]

    init(_ views: [any View], events: EventRegistry, collections: Collections) {
        self.events = events
        self.collections = collections
        var effects: [ObjectIdentifier: [ViewEffect.Work]] = [:]
        for effect in views.map(\.effect) {
            guard let event = effect.event else { continue }
            effects[ObjectIdentifier(event), default: []].append(effect.work)
        }
        self.effects = effects
        summations = views.compactMap { $0.effect.work.sum?.summation }
    }

    func reduce(_ event: RecordedEvent, _ documents: DocumentEditor) throws(ReductionError) {
        let typed = try decoded(event)
        for work in works(of: typed) {
            guard case .reduce(let change) = work else { continue }
            do { try change(typed, documents) } catch { throw ReductionError(error) }
        }
    }

    func fanOuts(of event: RecordedEvent) throws(ReductionError) -> [FanOut] {
        // Most events have none, and needn't be decoded again.
        guard let name = events.writtenType(event.type), let works = effects[name],
            works.contains(where: \.isFanOut)
        else { return [] }
        let typed = try decoded(event)
        var fanOuts: [FanOut] = []
        for work in works {
            guard case .fanOut(let make) = work else { continue }
            do { fanOuts.append(try make(typed, collections)) } catch {
                throw ReductionError(error)
            }
        }
        return fanOuts
    }

    private func works(of event: any Event) -> [ViewEffect.Work] {
        effects[ObjectIdentifier(type(of: event))] ?? []
    }

    private func decoded(_ event: RecordedEvent) throws(ReductionError) -> any Event {
        let typed: (any Event)?
        do { typed = try events.event(event.type, event.payload) } catch {
            throw .malformedPayload("it is not a \(event.type): \(error)")
        }
        guard let typed else { throw .unknownEventType }
        return typed
    }
}

extension ViewEffect.Work {
    fileprivate var isFanOut: Bool {
        if case .fanOut = self { true } else { false }
    }

    var sum: ViewEffect.Sum? {
        if case .sum(let sum) = self { sum } else { nil }
    }
}

extension ReductionError {
    /// What a view has thrown.
    fileprivate init(_ error: any Error) {
        self = error as? ReductionError ?? .contradiction("its view failed: \(error)")
    }
}

// MARK: - For views

extension DocumentEditor {
    /// When the event that is at hand was recorded, by the writer's clock.
    public var recordedAt: Timestamp { event?.recordedAt ?? Timestamp(microseconds: 0) }

    /// How many events the stream of the event that is at hand has with it: what
    /// ``EventLog/expect(_:ofStream:)`` compares.
    public var version: UInt64 { event?.version.rawValue ?? 0 }

    /// The document with an id, if there is one.
    public func find<D: Document>(_ type: D.Type, _ id: D.ID) throws(ReductionError) -> D? {
        try load(type, id.documentKey)
    }

    /// The document with an id, which has to be there: without it the projection stops.
    public func get<D: Document>(_ type: D.Type, _ id: D.ID) throws(ReductionError) -> D {
        try require(type, id.documentKey)
    }

    /// Changes the document with an id, which has to be there: without it the projection stops.
    public func update<D: Document>(
        _ type: D.Type, _ id: D.ID, _ change: (inout D) throws -> Void
    ) throws {
        var document = try require(type, id.documentKey)
        try change(&document)
        try save(document, as: id)
    }

    /// Changes the document with an id, or a new one that is empty but for what `change` sets, its
    /// id included: for sums and counts, which begin with what they count.
    public func upsert<D: Document>(
        _ type: D.Type, _ id: D.ID, _ change: (inout D) throws -> Void
    ) throws {
        var document = try load(type, id.documentKey) ?? D()
        try change(&document)
        try save(document, as: id)
    }

    private func save<D: Document>(_ document: D, as id: D.ID) throws(ReductionError) {
        guard document.documentKey == id.documentKey else {
            throw .contradiction(
                """
                its view changes \(D.self) \(id) and leaves it with the id \
                \(D.key.id(of: document)); set that, too, in a document that is new
                """)
        }
        try save(document)
    }

    /// Removes the document with an id, if there is one.
    public func remove<D: Document>(_ type: D.Type, _ id: D.ID) throws(ReductionError) {
        try delete(type, id.documentKey)
    }
}
