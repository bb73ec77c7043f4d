public import DocumentStore
public import SwiftProtobuf
public import TandemCore

/// One query of a domain: how its request is read, and what it asks the store for.
///
/// The answer is documents as they are stored, so a query is done once its plan is made: the
/// read server executes it without knowing the domain.
@safe public struct QueryDefinition: Sendable {
    /// The full name, for example `tandem.orders.v1.OrderQueries/GetOrder`.
    public let method: String
    /// Whether it answers one document or a page of them. All its plans are of this kind.
    public let kind: Kind
    /// How a query is answered.
    public enum Kind: Hashable, Sendable {
        /// With one document, or NOT_FOUND: plans ``QueryPlan/get(collection:key:)`` and
        /// ``QueryPlan/first(_:)``.
        case one
        /// With any number of them: all other plans.
        case many
    }

    /// A larger request is refused before it is read.
    public let requestByteCountMax: Int
    package let requestType: any Message.Type

    /// For ids, a page's size and a cursor.
    public static var defaultRequestByteCountMax: Int { 8 << 10 }
    /// The plan for a request; a rejection if the bytes aren't one or ask for what there can't be.
    /// Any thread; the bytes are not used after it returns. Doesn't allocate if the request's
    /// message has only number fields.
    package let compile: @Sendable (UnsafeRawBufferPointer) throws(Rejection) -> QueryPlan

    /// - Parameter plan: pure; called on the thread that received the request. Returns a plan of
    ///   this kind, anything else is a bug of the domain.
    public init<Request: Message>(
        _ method: String, kind: Kind,
        requestByteCountMax: Int = defaultRequestByteCountMax,
        plan: @escaping @Sendable (Request) throws(Rejection) -> QueryPlan
    ) {
        self.method = method
        self.kind = kind
        self.requestByteCountMax = requestByteCountMax
        requestType = Request.self
        unsafe compile = { (bytes) throws(Rejection) in
            let request: Request
            do throws(MalformedMessage) { request = try unsafe Request(borrowing: bytes) } catch {
                throw error.rejection
            }
            return try plan(request)
        }
    }
}
