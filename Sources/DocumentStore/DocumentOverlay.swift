/// Changes that belong to the published state and are not written into the stored documents yet:
/// who reads a document applies them.
///
/// So a change of a hundred thousand documents is visible at once, as a whole, and the documents
/// are rewritten behind it, little by little. Any thread; both calls are pure.
package protocol DocumentOverlay: AnyObject, Sendable {
    /// Whether a document's present state is another than its stored bytes.
    func covers(_ document: StoredDocument, collection: Int) -> Bool

    /// The present state, encoded, of a document that this covers, made of its stored bytes as they
    /// were before compression; `nil` if those can't be read.
    func present(_ raw: [UInt8], of document: StoredDocument, collection: Int) -> [UInt8]?
}
