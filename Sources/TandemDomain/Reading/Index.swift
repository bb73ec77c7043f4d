public import DocumentStore
public import SwiftProtobuf
public import TandemCore

/// An order in which documents can be listed: by some of their fields, the document's key last.
///
/// An index without components orders by the key alone. All components together with the key have
/// 48 bytes at the most; that, and much else, is looked at when a server starts.
public final class Index<Subject: Message>: Sendable {
    /// What errors, statistics and the durable copy call it.
    public let name: String
    @usableFromInline let components: [IndexComponent<Subject>]
    private let keyByteCount: Int
    @usableFromInline let isKeyDescending: Bool

    /// - Parameter components: what the documents order by, the most important first.
    public init<ID: DocumentID>(
        _ name: String, _ components: IndexComponent<Subject>..., isKeyDescending: Bool = false
    ) where Subject: Document, Subject.ID == ID {
        self.name = name
        self.components = components
        self.isKeyDescending = isKeyDescending
        keyByteCount = ID.documentKeyByteCount
    }

    /// Of each key: 48 at the most.
    var byteCount: Int {
        components.reduce(keyByteCount) { $0 + $1.encoding.byteCount }
    }

    @inlinable func key(of document: Subject, _ documentKey: DocumentKey) -> DocumentKey {
        var key = DocumentKey()
        for component in components { component.append(document, to: &key) }
        let start = key.byteCount
        key.append(documentKey)
        if isKeyDescending { key.complement(from: start) }
        return key
    }
}

/// One of the fields that an ``Index`` orders by: of the message itself, or one that is computed
/// from others.
///
/// ```swift
/// extension Bank_V1_Holder {
///     /// What tells addresses apart: their case doesn't.
///     var emailKey: String { email.lowercased() }
///     static let byEmail = Index<Self>("by_email", .equal(\.emailKey))
/// }
/// ```
///
/// A computed field is pure. Whoever changes what it computes renames its index, so that the
/// documents are built anew: kept ones are found where they were put.
public struct IndexComponent<Subject: Message>: Sendable {
    @usableFromInline let encoding: IndexEncoding
    @usableFromInline let isDescending: Bool
    @usableFromInline let write: @Sendable (Subject, inout DocumentKey) -> Void

    @inlinable init<Value: IndexValue>(
        _ encoding: IndexEncoding, isDescending: Bool, _ field: Field<Subject, Value>
    ) {
        self.encoding = encoding
        self.isDescending = isDescending
        write = { document, key in
            // The encoding is the value's own, or a text's: what has no place in it was refused
            // by the initializers' types.
            _ = document[keyPath: field].append(to: &key, as: encoding)
        }
    }

    /// The lowest first.
    @inlinable public static func ascending<Value: FixedIndexValue>(
        _ field: Field<Subject, Value>
    ) -> Self {
        Self(Value.indexEncoding, isDescending: false, field)
    }

    /// The highest first.
    @inlinable public static func descending<Value: FixedIndexValue>(
        _ field: Field<Subject, Value>
    ) -> Self {
        Self(Value.indexEncoding, isDescending: true, field)
    }

    @available(
        *, unavailable, message: "say how many bytes of the text count: byteCount: 32, for example"
    )
    public static func ascending(_ field: Field<Subject, String>) -> Self {
        equal(field)
    }

    @available(
        *, unavailable, message: "say how many bytes of the text count: byteCount: 32, for example"
    )
    public static func descending(_ field: Field<Subject, String>) -> Self {
        equal(field)
    }

    /// Texts in the order of their bytes in UTF-8: what follows behind `byteCount` of them (1 to
    /// 40) doesn't count. Only shorter texts can be asked for.
    @inlinable public static func ascending(
        _ field: Field<Subject, String>, byteCount: Int
    ) -> Self {
        Self(.text(byteCount: byteCount), isDescending: false, field)
    }

    /// As ``ascending(_:byteCount:)``, the last first.
    @inlinable public static func descending(
        _ field: Field<Subject, String>, byteCount: Int
    ) -> Self {
        Self(.text(byteCount: byteCount), isDescending: true, field)
    }

    /// Texts of any length, to be found by equality; they have no order.
    @inlinable public static func equal(_ field: Field<Subject, String>) -> Self {
        Self(.digest, isDescending: false, field)
    }

    var isText: Bool { if case .text = encoding { true } else { false } }

    @inlinable func append(_ document: Subject, to key: inout DocumentKey) {
        let start = key.byteCount
        write(document, &key)
        if isDescending { key.complement(from: start) }
    }
}
