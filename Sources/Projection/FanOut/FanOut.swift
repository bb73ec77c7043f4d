package import DocumentStore

/// One change to every document whose key in an index starts with a prefix: what an event changes
/// in documents that it does not name one by one.
///
/// Visible at once and as a whole, however many documents there are: who reads one of them applies
/// the change, and the documents are rewritten behind it, a few hundred at a time, between other
/// events. A document that a later event changes is brought up to date first.
package struct FanOut: Sendable {
    let documentType: any ProjectedDocument.Type
    let index: Int
    let prefix: DocumentKey
    let change: any FanOutChange

    /// - Parameters:
    ///   - index: of the type's collection, counted from 0. One that does not exist is a bug of
    ///     the domain, and traps when the event is projected.
    ///   - prefix: at most as wide as the index's keys; a longer one stops the projection.
    ///   - change: pure, and the same whenever it is called; on any thread. It leaves all index
    ///     keys as they are: one that moves a document stops the projection.
    package init<D: ProjectedDocument>(
        _ type: D.Type, index: Int, prefix: DocumentKey,
        change: @escaping @Sendable (inout D) -> Void
    ) {
        documentType = type
        self.index = index
        self.prefix = prefix
        self.change = TypedFanOutChange(change)
    }
}

/// A fan-out's change, for those who don't know the documents' type.
protocol FanOutChange: Sendable {
    func decoded(_ raw: [UInt8]) throws(DocumentCodecError) -> DocumentBox
    func changed(_ box: DocumentBox) -> DocumentBox
}

private struct TypedFanOutChange<D: ProjectedDocument>: FanOutChange {
    private let change: @Sendable (inout D) -> Void

    init(_ change: @escaping @Sendable (inout D) -> Void) {
        self.change = change
    }

    func decoded(_ raw: [UInt8]) throws(DocumentCodecError) -> DocumentBox {
        TypedDocumentBox(try D.decoded(raw))
    }

    func changed(_ box: DocumentBox) -> DocumentBox {
        guard let box = box as? TypedDocumentBox<D> else {
            preconditionFailure("a collection holds documents of one type")
        }
        var document = box.document
        change(&document)
        return TypedDocumentBox(document)
    }
}
