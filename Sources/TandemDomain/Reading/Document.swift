public import DocumentStore
public import Projection
public import SwiftProtobuf
public import TandemCore

/// A denormalized document: everything that an answer needs, in one message.
///
/// ```swift
/// extension Bank_V1_Account: Document {
///     static let key = Key(\Self.accountID)
///     static let byBranch = Index<Self>(
///         "by_branch", .ascending(\.branch, byteCount: 16), .descending(\.balanceMinor))
///     static let indexes = [byBranch]
/// }
/// ```
///
/// Its bytes, compressed, are what a query's client gets. Bound to 16 MiB less 64 KiB.
public protocol Document: Message, ProjectedDocument {
    /// What tells documents of this type apart.
    associatedtype ID: DocumentID

    /// What errors and statistics call its collection. By default the message's name in its
    /// protobuf file, without the package.
    static var collectionName: String { get }

    /// What it is got by. Never changes during a document's life.
    static var key: Key<Self, ID> { get }

    /// The orders it can be listed in: 64 at most. A constant, not computed anew each time.
    static var indexes: [Index<Self>] { get }
}

extension Document {
    public static var collectionName: String {
        String(protoMessageName.split(separator: ".").last ?? "")
    }

    @inlinable public static var indexes: [Index<Self>] { [] }

    // MARK: - As the projection sees it

    public static var collection: CollectionSchema {
        CollectionSchema(
            name: collectionName,
            indexes: indexes.map { IndexSchema(name: $0.name, keyByteCount: $0.byteCount) })
    }

    @inlinable public var documentKey: DocumentKey { Self.key.id(of: self).documentKey }

    @inlinable public func indexKeys() -> [DocumentKey] {
        let key = documentKey
        return Self.indexes.map { $0.key(of: self, key) }
    }

    @inlinable public func encoded() throws(DocumentCodecError) -> [UInt8] {
        do { return try serializedBytes() } catch {
            throw DocumentCodecError("it can't be serialized: \(error)")
        }
    }

    @inlinable public static func decoded(_ bytes: [UInt8]) throws(DocumentCodecError) -> Self {
        do { return try Self(serializedBytes: bytes) } catch {
            throw DocumentCodecError("it is not a \(protoMessageName): \(error)")
        }
    }
}

/// A document that is a sum over others: see ``AddUp``.
///
/// ```swift
/// extension Bank_V1_Branch: Total {
///     static let key = Key(\Self.branchID)
///     var isEmpty: Bool { accountCount == 0 }
///     mutating func add(_ part: Self, sign: Int64) {
///         branchID = part.branchID
///         accountCount &+= sign &* part.accountCount
///         balanceMinor &+= sign &* part.balanceMinor
///     }
/// }
/// ```
public protocol Total: Document, ProjectedTotal {}

/// The field that a document is got by.
public struct Key<Subject: Message, ID: DocumentID>: Sendable {
    /// Made where the field is known: going by the key path at each call took 1 % of what placing
    /// an order costs.
    @usableFromInline let read: @Sendable (Subject) -> ID

    /// - Parameter field: a number, or a text.
    @inlinable public init(_ field: Field<Subject, ID>) {
        read = { $0[keyPath: field] }
    }

    /// The key of a document.
    @inlinable public func id(of document: Subject) -> ID { read(document) }
}

/// A number or a text that tells documents apart.
public protocol DocumentID: StreamIdentifier {
    /// Always as many bytes for the same type: ``documentKeyByteCount``.
    var documentKey: DocumentKey { get }
    /// How long the type's keys are: 48 bytes at most.
    static var documentKeyByteCount: Int { get }
}

/// Two ids that tell documents apart together: a computed property of the message makes one.
public struct KeyPair<First: DocumentID, Second: DocumentID>: DocumentID {
    /// What keys order by first.
    public let first: First
    /// What keys with the same first one order by.
    public let second: Second

    /// - Parameters:
    ///   - first: what keys order by first.
    ///   - second: what keys with the same first one order by.
    @inlinable public init(_ first: First, _ second: Second) {
        self.first = first
        self.second = second
    }

    /// The one's key and the other's behind it.
    @inlinable public var documentKey: DocumentKey {
        var key = first.documentKey
        key.append(second.documentKey)
        return key
    }

    /// The one's and the other's together.
    public static var documentKeyByteCount: Int {
        First.documentKeyByteCount + Second.documentKeyByteCount
    }

    /// The one, a slash and the other: no two pairs have the same, so that it can name a stream.
    public var description: String {
        let first = "\(first)".replacing("\\", with: "\\\\").replacing("/", with: "\\/")
        return "\(first)/\(second)"
    }
}

extension UInt64: DocumentID {
    @inlinable public var documentKey: DocumentKey { DocumentKey(self) }
    public static var documentKeyByteCount: Int { 8 }
}

extension UInt32: DocumentID {
    @inlinable public var documentKey: DocumentKey { DocumentKey(UInt64(self)) }
    public static var documentKeyByteCount: Int { 8 }
}

extension Int64: DocumentID {
    /// Ordered like the number.
    @inlinable public var documentKey: DocumentKey {
        DocumentKey(UInt64(bitPattern: self) ^ 1 << 63)
    }
    public static var documentKeyByteCount: Int { 8 }
}

extension Int32: DocumentID {
    /// Ordered like the number.
    public var documentKey: DocumentKey { Int64(self).documentKey }
    public static var documentKeyByteCount: Int { 8 }
}

extension String: DocumentID {
    /// Sixteen bytes of the text's SHA-256, however long it is. Documents don't order by it.
    public var documentKey: DocumentKey {
        var key = DocumentKey()
        key.append(digestOf: self)
        return key
    }
    public static var documentKeyByteCount: Int { 16 }
}
