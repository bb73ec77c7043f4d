package import TandemCore

/// Makes documents of events.
///
/// Pure: no I/O, no clock, no chance. The same events in the same order always make the same
/// documents, however they are cut into batches.
package protocol Reducer: Sendable {
    /// Brings the documents up to date that the event names: a number of them that the event's own
    /// size bounds.
    ///
    /// What it throws stops the projection at this event: nothing is skipped.
    func reduce(
        _ event: RecordedEvent, _ documents: DocumentEditor
    ) throws(ReductionError)

    /// What the event changes in any number of documents that have something in common.
    ///
    /// Of the event alone, since it is asked again after a restart. Documents that ``reduce(_:_:)``
    /// saves for the same event are not changed by them. What it throws stops the projection.
    func fanOuts(of event: RecordedEvent) throws(ReductionError) -> [FanOut]

    /// The documents that are sums over others.
    var summations: [Summation] { get }
}

extension Reducer {
    /// None.
    package func fanOuts(of event: RecordedEvent) throws(ReductionError) -> [FanOut] { [] }

    /// None.
    package var summations: [Summation] { [] }
}
