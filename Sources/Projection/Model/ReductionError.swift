public import DocumentStore

/// Why an event could not be turned into documents.
///
/// None of these goes away by trying again: the log, the documents or the program has to change.
public enum ReductionError: Error, Hashable, Sendable {
    /// No reducer knows the event's type: the log was written by a newer program.
    case unknownEventType
    /// The payload is not what its type says.
    case malformedPayload(String)
    /// The event is about a document that no earlier event made.
    case missingDocument(collection: String, key: DocumentKey)
    /// A document in the store can't be read.
    case unreadableDocument(collection: String, key: DocumentKey, reason: String)
    /// The event contradicts the documents, for example by a sum that is too large.
    case contradiction(String)

    /// A fan-out's change is not what it promised to be.
    static let movedByFanOut = ReductionError.contradiction(
        "its fan-out changes what an index orders the documents by")

    /// A fan-out's change is one of a sum, too.
    static let addedByFanOut = ReductionError.contradiction(
        "its fan-out changes what the documents add to a total")
}

extension ReductionError: CustomStringConvertible {
    /// Completes "the event at position 7 can't be projected: …".
    public var description: String {
        switch self {
        case .unknownEventType:
            "no reducer knows this type of event"
        case .malformedPayload(let reason):
            "its payload can't be read: \(reason)"
        case .missingDocument(let collection, let key):
            "it needs the document \(key) of \(collection), which does not exist"
        case .unreadableDocument(let collection, let key, let reason):
            "the document \(key) of \(collection) can't be read: \(reason)"
        case .contradiction(let reason):
            reason
        }
    }
}
