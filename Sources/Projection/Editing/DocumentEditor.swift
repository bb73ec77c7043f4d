public import DocumentStore
package import TandemCore

/// What a reducer sees: the documents as they are, this batch's changes included, and a place for
/// the new ones.
///
/// Used by one thread, and only while the reducer runs. A document type that is not one of the
/// domain's is a bug of the domain, and stops the projection.
public final class DocumentEditor {
    private let collections: [ObjectIdentifier: CollectionEditor]
    /// The event that is being reduced.
    package internal(set) var event: RecordedEvent?
    /// The changed documents, each once, in the order of their first change.
    private(set) var changes: [Change] = []

    /// What the batch has made of a document.
    struct Change {
        let collection: CollectionEditor
        let key: DocumentKey
        /// `nil`: deleted.
        fileprivate(set) var document: DocumentBox?
        /// The event that left it so.
        fileprivate(set) var through: LogPosition
        /// Whether a view has asked for it since.
        fileprivate(set) var wasAskedFor = false

        /// The document as readers will see it.
        func present() throws(ReductionError) -> DocumentBox? {
            guard let document else { return nil }
            return try collection.present(document, through)
        }
    }

    init(
        types: [any ProjectedDocument.Type], stored: StoredDocuments, fanOuts: FanOutQueue,
        cacheByteCountMax: Int, totals: [any ProjectedDocument.Type] = []
    ) {
        var collections: [ObjectIdentifier: CollectionEditor] = [:]
        for (number, type) in types.enumerated() {
            collections[ObjectIdentifier(type)] = CollectionEditor(
                number: number, schema: type.collection, stored: stored, fanOuts: fanOuts,
                cacheByteCountMax: cacheByteCountMax,
                isTotals: totals.contains { $0 == type }, decode: Self.decoder(of: type))
        }
        self.collections = collections
    }

    /// The document with a key, if there is one.
    @usableFromInline package func load<D: ProjectedDocument>(
        _ type: D.Type, _ key: DocumentKey
    ) throws(ReductionError) -> D? {
        try load(key, in: try editor(of: type))
    }

    /// As ``load(_:_:)``, in its collection.
    @usableFromInline func load<D: ProjectedDocument>(
        _ key: DocumentKey, in editor: CollectionEditor
    ) throws(ReductionError) -> D? {
        guard let box = try box(key, in: editor) else { return nil }
        return Self.document(in: box)
    }

    /// The document as it is now.
    private func box(
        _ key: DocumentKey, in editor: CollectionEditor
    ) throws(ReductionError) -> DocumentBox? {
        guard let place = editor.place(of: key) else { return try editor.load(key) }
        changes[place].wasAskedFor = true
        return try changes[place].present()
    }

    /// The document with a key, which has to be there.
    package func require<D: ProjectedDocument>(
        _ type: D.Type, _ key: DocumentKey
    ) throws(ReductionError) -> D {
        guard let box = try box(key, in: try editor(of: type)) else {
            throw .missingDocument(collection: D.collection.name, key: key)
        }
        return Self.document(in: box)
    }

    /// Adds a document, or replaces the one with the same key.
    ///
    /// - Throws: if documents of this type are sums of others, which nothing else changes.
    public func save<D: ProjectedDocument>(_ document: D) throws(ReductionError) {
        save(document, key: document.documentKey, in: try editorToChange(D.self))
    }

    /// As ``save(_:)``, of a document whose key and collection are known.
    @usableFromInline func save<D: ProjectedDocument>(
        _ document: D, key: DocumentKey, in editor: CollectionEditor
    ) {
        put(TypedDocumentBox(document), key: key, in: editor)
    }

    /// Removes the document with a key, if there is one.
    @usableFromInline package func delete<D: ProjectedDocument>(
        _ type: D.Type, _ key: DocumentKey
    ) throws(ReductionError) {
        put(nil, key: key, in: try editorToChange(type))
    }

    private func editorToChange(
        _ type: any ProjectedDocument.Type
    ) throws(ReductionError) -> CollectionEditor {
        let editor = try editor(of: type)
        guard !editor.isTotals else {
            throw .contradiction("\(type) is a sum of other documents, and its view changes it")
        }
        return editor
    }

    /// Lets go of documents that were written by somebody else.
    func forget(_ changes: [DocumentChange]) {
        for collection in collections.values {
            for change in changes where change.collection == collection.number {
                collection.forget(change.key)
            }
        }
    }

    /// Forgets what the batch changed.
    func endBatch() {
        changes.removeAll(keepingCapacity: changes.count < 4_096)
        for collection in collections.values { collection.endBatch() }
    }

    @usableFromInline func put(
        _ box: DocumentBox?, key: DocumentKey, in editor: CollectionEditor
    ) {
        let through = event?.position ?? .beginning
        let place = editor.place(of: key, orAt: changes.count)
        if place == changes.count {
            changes.append(
                Change(collection: editor, key: key, document: box, through: through))
        } else {
            changes[place].document = box
            changes[place].through = through
        }
    }

    @usableFromInline func editor(
        of type: any ProjectedDocument.Type
    ) throws(ReductionError) -> CollectionEditor {
        guard let editor = collections[ObjectIdentifier(type)] else {
            throw .contradiction("its view uses \(type), which its domain doesn't list")
        }
        return editor
    }

    private static func decoder<D: ProjectedDocument>(
        of type: D.Type
    ) -> ([UInt8]) throws(DocumentCodecError) -> DocumentBox {
        { (raw) throws(DocumentCodecError) in TypedDocumentBox(try D.decoded(raw)) }
    }

    @usableFromInline static func document<D: ProjectedDocument>(in box: DocumentBox) -> D {
        guard let box = box as? TypedDocumentBox<D> else {
            preconditionFailure("a collection holds documents of one type")
        }
        return box.document
    }
}
