import TandemCore

@testable import DocumentStore

/// Two collections to test with: accounts by owner, and notes without an index.
enum ShopSchema {
    static let collections = [
        CollectionSchema(
            name: "accounts",
            indexes: [
                IndexSchema(name: "by_owner", keyByteCount: 16),
                IndexSchema(name: "by_amount", keyByteCount: 17),
            ]),
        CollectionSchema(name: "notes", indexes: []),
    ]

    static let accounts = 0
    static let notes = 1
    static let byOwner = 0
    static let byAmount = 1

    static func account(
        _ id: UInt64, owner: UInt64 = 0, amount: UInt64 = 0, body: [UInt8]? = nil,
        encoding: StoredEncoding = .identity
    ) -> DocumentChange {
        var byOwner = DocumentKey(owner)
        byOwner.append(id)
        var byAmount = DocumentKey()
        byAmount.append(UInt8(7))
        byAmount.append(descending: amount)
        byAmount.append(id)
        let bytes = body ?? DocumentKey(amount).bytes
        return DocumentChange(
            collection: accounts, key: DocumentKey(id),
            content: .put(
                StoredBody(encoding: encoding, rawByteCount: bytes.count, bytes: bytes),
                indexKeys: [byOwner, byAmount]), position: .beginning)
    }

    static func note(_ id: UInt64, _ bytes: [UInt8]) -> DocumentChange {
        DocumentChange(
            collection: notes, key: DocumentKey(id),
            content: .put(
                StoredBody(encoding: .identity, rawByteCount: bytes.count, bytes: bytes),
                indexKeys: []), position: .beginning)
    }

    static func deletion(_ id: UInt64, collection: Int = accounts) -> DocumentChange {
        DocumentChange(
            collection: collection, key: DocumentKey(id), content: .delete, position: .beginning)
    }
}

/// A document, copied out of the store.
struct CopiedDocument: Hashable {
    let key: DocumentKey
    let encoding: StoredEncoding
    let rawByteCount: Int
    let bytes: [UInt8]

    // Made under a pin.
    init(_ document: StoredDocument) {
        key = document.key
        encoding = document.encoding
        rawByteCount = document.rawByteCount
        bytes = unsafe Array(document.body)
    }

    /// What a test stored as a big-endian number.
    var number: UInt64 { bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) } }
}

extension DocumentReader {
    /// One read under a pin of its own.
    func pinned<Result>(_ body: (DocumentReader) -> Result) -> Result {
        pin()
        defer { unpin() }
        return body(self)
    }

    func copy(_ id: UInt64, collection: Int = ShopSchema.accounts) -> CopiedDocument? {
        pinned { reader in
            reader.document(collection: collection, key: DocumentKey(id)).map(CopiedDocument.init)
        }
    }

    func page(
        _ index: Int, prefix: DocumentKey = DocumentKey(), after: DocumentKey? = nil,
        lower: DocumentKey? = nil, upper: DocumentKey? = nil, descending: Bool = false,
        limit: Int = .max
    ) -> (documents: [CopiedDocument], next: DocumentKey?) {
        pinned { reader in
            var documents: [CopiedDocument] = []
            let range = IndexRange(
                collection: ShopSchema.accounts, index: index, prefix: prefix, lower: lower,
                upper: upper, descending: descending)
            let next = reader.scan(range, after: after, limit: limit) {
                documents.append(CopiedDocument($0))
                return true
            }
            return (documents, next)
        }
    }
}
