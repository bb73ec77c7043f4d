import DocumentStore

/// A decoded document whose type the keeper doesn't know.
///
/// The overlay and the cache hold boxes, so that their dictionaries have one concrete type: looking
/// documents up in dictionaries that are generic over them took a sixth of the projector's time. A
/// class and not an existential, because a downcast to a final class is a comparison of two
/// pointers.
@usableFromInline class DocumentBox {
    var documentKey: DocumentKey {
        preconditionFailure("a box has a document inside")
    }

    func indexKeys() -> [DocumentKey] {
        preconditionFailure("a box has a document inside")
    }

    /// As ``indexKeys()``; an error unless there is one for each index, of its width: the store
    /// would trap, again at each start, over one event.
    func checkedIndexKeys(_ schema: CollectionSchema) throws(DocumentCodecError) -> [DocumentKey] {
        preconditionFailure("a box has a document inside")
    }

    /// Not more than ``StoredBody/byteCountMax`` bytes.
    func encoded() throws(DocumentCodecError) -> [UInt8] {
        preconditionFailure("a box has a document inside")
    }
}

/// The box of a document.
final class TypedDocumentBox<D: ProjectedDocument>: DocumentBox {
    let document: D

    init(_ document: D) {
        self.document = document
    }

    override var documentKey: DocumentKey { document.documentKey }

    override func indexKeys() -> [DocumentKey] {
        document.indexKeys()
    }

    override func checkedIndexKeys(
        _ schema: CollectionSchema
    ) throws(DocumentCodecError) -> [DocumentKey] {
        let keys = document.indexKeys()
        let indexes = schema.indexes
        guard keys.count == indexes.count,
            zip(keys, indexes).allSatisfy({ $0.byteCount == $1.keyByteCount })
        else {
            throw DocumentCodecError("its index keys are not as its collection declares them")
        }
        return keys
    }

    override func encoded() throws(DocumentCodecError) -> [UInt8] {
        let bytes = try document.encoded()
        guard bytes.count <= StoredBody.byteCountMax else {
            throw DocumentCodecError(
                "it would have \(bytes.count) bytes, of \(StoredBody.byteCountMax) at most")
        }
        return bytes
    }
}
