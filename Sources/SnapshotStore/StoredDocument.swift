/// A look at a document in the store; valid until its reader unpins.
@safe package struct StoredDocument {
    private let record: StoredRecord

    init(_ record: StoredRecord) {
        unsafe self.record = unsafe record
    }

    package var key: DocumentKey { unsafe record.key }

    /// How the body is encoded.
    package var encoding: StoredEncoding { unsafe record.encoding }

    /// The size of the document before it was compressed.
    package var rawByteCount: Int { unsafe record.rawByteCount }

    /// The body as stored. To be copied before the reader unpins.
    @unsafe package var body: UnsafeRawBufferPointer { unsafe record.body }
}
