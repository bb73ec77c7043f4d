package import DocumentStore
package import SwiftProtobuf
package import TandemCore

/// One query of a domain: how its request is read, and what it asks the store for.
///
/// The answer is documents as they are stored, so a query is done once its plan is made: the
/// read server executes it without knowing the domain.
@safe package struct QueryDefinition: Sendable {
    /// The full name, for example `tandem.orders.v1.OrderQueries/GetOrder`.
    package let method: String
    /// Why a request has no plan.
    package typealias Refusal = Rejection
    /// Whether it answers one document or a page of them. All its plans are of this kind.
    package let kind: Kind
    /// How a query is answered.
    package enum Kind: Hashable, Sendable {
        /// With one document, or NOT_FOUND: plans ``QueryPlan/get(collection:key:)`` and
        /// ``QueryPlan/first(_:)``.
        case one
        /// With any number of them: all other plans.
        case many
    }

    /// A larger request is refused before it is read.
    package let requestByteCountMax: Int
    package let requestType: any Message.Type

    /// For ids, a page's size and a cursor.
    package static var defaultRequestByteCountMax: Int { 8 << 10 }
    /// The plan for a request; a rejection if the bytes aren't one or ask for what there can't be.
    /// Any thread; the bytes are not used after it returns. Doesn't allocate if the request's
    /// message has only number fields.
    package let compile: @Sendable (UnsafeRawBufferPointer) throws(Refusal) -> QueryPlan

    /// - Parameter plan: pure; called on the thread that received the request. Returns a plan of
    ///   this kind, anything else is a bug of the domain.
    package init<Request: Message>(
        _ method: String, kind: Kind,
        requestByteCountMax: Int = defaultRequestByteCountMax,
        plan: @escaping @Sendable (Request) throws(Refusal) -> QueryPlan
    ) {
        self.method = method
        self.kind = kind
        self.requestByteCountMax = requestByteCountMax
        requestType = Request.self
        unsafe compile = { (bytes) throws(Refusal) in
            let request: Request
            do throws(MalformedMessage) { request = try unsafe Request(borrowing: bytes) } catch {
                throw error.rejection
            }
            return try plan(request)
        }
    }
}
