package import DocumentStore
package import TandemCore

/// Why a batch of events could not be projected. Nothing of the batch has been changed.
package enum ProjectionError: Error, Hashable, Sendable {
    /// Events are missing: the feed has to be read again from the checkpoint.
    case gap(after: LogPosition, found: LogPosition)
    /// An event could not be turned into documents.
    case reduction(ReductionError, position: LogPosition, stream: StreamID, type: String)
    /// A pending fan-out could not be applied to a changed document.
    case fanOut(ReductionError, collection: String, key: DocumentKey)
    /// What a changed document adds to totals is not to be told, or a total can't be changed; `nil`
    /// where the error says of which it is.
    case summation(ReductionError, collection: String?, key: DocumentKey?)
    /// A changed document could not be encoded.
    case encoding(DocumentCodecError, collection: String, key: DocumentKey)
}

extension ProjectionError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .gap(let position, let found):
            "the event behind position \(position) is missing: the next one is at \(found)"
        case .reduction(let error, let position, let stream, let type):
            "the event at position \(position) (\(type), stream \(stream.rawValue)) "
                + "can't be projected: \(error)"
        case .fanOut(let error, let collection, let key):
            "a fan-out can't be applied to the document \(key) of \(collection): \(error)"
        case .summation(let error, let collection?, let key?):
            "the document \(key) of \(collection) can't be added up: \(error)"
        case .summation(let error, _, _):
            "a total can't be changed: \(error)"
        case .encoding(let error, let collection, let key):
            "the document \(key) of \(collection) can't be encoded: \(error)"
        }
    }
}
