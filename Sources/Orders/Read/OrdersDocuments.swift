public import OrdersMessages
public import Tandem

/// An order as its readers see it, with its user's name and e-mail and its products' names inside.
extension Order: Document {
    public static let collectionName = "orders"
    public static let key = Key(\Self.orderID)
    /// A user's orders, the newest first.
    static let byUser = Index<Self>(
        "by_user_created", .ascending(\.userID), .descending(\.createdAtUs), isKeyDescending: true)
    /// A user's orders in a status, the newest first.
    static let byUserAndStatus = Index<Self>(
        "by_user_status_created", .ascending(\.userID), .ascending(\.status),
        .descending(\.createdAtUs), isKeyDescending: true)
    /// All orders, the newest first.
    static let byCreation = Index<Self>(
        "by_created", .descending(\.createdAtUs), isKeyDescending: true)
    /// All orders in a status, the newest first.
    static let byStatus = Index<Self>(
        "by_status_created", .ascending(\.status), .descending(\.createdAtUs),
        isKeyDescending: true)
    /// All orders, the greatest total first.
    static let byTotal = Index<Self>(
        "by_total", .descending(\.totalMinor), isKeyDescending: true)
    // None by the user's e-mail, which an UpdateAll changes: orders are found by it by way of the
    // user, whose index has it.
    public static let indexes = [byUser, byUserAndStatus, byCreation, byStatus, byTotal]
}

extension User: Document {
    public static let collectionName = "users"
    public static let key = Key(\Self.userID)
    static let byID = Index<Self>("by_id")
    /// Found by equality of ``emailKey``.
    static let byEmail = Index<Self>("by_email", .equal(\.emailKey))
    public static let indexes = [byID, byEmail]

    var emailKey: String { Self.emailKey(of: email) }

    /// The user who has an e-mail address, if anybody has.
    static func with(email: String) throws -> Selection<Self> {
        try byEmail.matching(emailKey(of: try FieldRules.email(email).value))
    }

    /// What tells addresses apart: their bytes, but for the case of ASCII letters, as the table
    /// of users has it (NOCASE).
    static func emailKey(of email: String) -> String {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        return String(
            decoding: email.utf8.map { capitals.contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}

extension Product: Document {
    public static let collectionName = "products"
    public static let key = Key(\Self.productID)
    static let byID = Index<Self>("by_id")
    static let byName = Index<Self>("by_name", .ascending(\.name, byteCount: 32))
    public static let indexes = [byID, byName]
}

/// A document that says how many events its stream has.
public protocol VersionedDocument: Document where ID == UInt64 {
    var version: UInt64 { get set }
}

extension Order: VersionedDocument {}
extension User: VersionedDocument {}
extension Product: VersionedDocument {}

/// What an event changes of the document that it is about, whose version becomes the stream's.
func change<Change: ShopEvent>(
    _ event: Change.Type,
    _ change: @escaping @Sendable (inout Change.Subject, Change, DocumentEditor) throws -> Void
) -> When {
    When(event) { event, documents in
        try documents.update(Change.Subject.self, event.subjectID) {
            try change(&$0, event, documents)
            $0.version = documents.version
        }
    }
}
