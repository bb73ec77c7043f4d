public import EventModel

/// Makes documents of events.
///
/// Pure: no I/O, no clock, no chance. The same events in the same order always make the same
/// documents, however they are cut into batches.
public protocol Reducer: Sendable {
    /// Brings all documents that the event concerns up to date.
    ///
    /// What it throws stops the projection at this event: nothing is skipped.
    func reduce(
        _ event: RecordedEvent, _ documents: DocumentEditor
    ) throws(ReductionError)
}
