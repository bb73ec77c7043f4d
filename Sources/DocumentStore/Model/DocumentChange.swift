package import TandemCore

/// What becomes of one document in a batch.
package struct DocumentChange: Sendable {
    package enum Content: Sendable {
        /// Adds or replaces the document. One key for each index of the collection, in its order,
        /// each of the index's width and unique in it.
        case put(StoredBody, indexKeys: [DocumentKey])
        /// Removes the document, if there is one.
        case delete
    }

    /// Which collection of the schema, counted from 0.
    package let collection: Int
    package let key: DocumentKey
    package let content: Content
    /// Up to where the document reflects the log: everything that concerns it, up to here, is in
    /// it. What a ``DocumentOverlay`` has from later on is not.
    package let position: LogPosition

    package init(collection: Int, key: DocumentKey, content: Content, position: LogPosition) {
        self.collection = collection
        self.key = key
        self.content = content
        self.position = position
    }

    /// The bytes of the body as stored; 0 if the document is removed.
    package var storedByteCount: Int {
        switch content {
        case .put(let body, _): body.bytes.count
        case .delete: 0
        }
    }
}
