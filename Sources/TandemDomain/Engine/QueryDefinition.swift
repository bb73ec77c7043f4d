public import DocumentStore
public import SwiftProtobuf
public import TandemCore

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
    package let answerType: any Message.Type

    /// For ids, a page's size and a cursor.
    package static var defaultRequestByteCountMax: Int { 8 << 10 }
    /// The plan for a request; a rejection if the bytes aren't one or ask for what there can't be.
    /// Any thread; the bytes are not used after it returns. Doesn't allocate if the request's
    /// message has only number fields.
    package let compile: @Sendable (UnsafeRawBufferPointer) throws(Refusal) -> QueryPlan
    /// For a query of one document by its key: all that is in its plans.
    package let lookUp: LookUp?

    /// One document of a collection, by the key that a request names.
    @safe package struct LookUp: Sendable {
        package let collection: Int
        /// As ``QueryDefinition/compile``.
        package let key: KeyReader
    }

    /// - Parameter plan: pure; called on the thread that received the request. Returns a plan of
    ///   this kind, anything else is a bug of the domain.
    package init<Request: Message>(
        _ method: String, kind: Kind, answer: any Message.Type,
        requestByteCountMax: Int = defaultRequestByteCountMax,
        plan: @escaping @Sendable (Request) throws(Refusal) -> QueryPlan
    ) {
        self.method = method
        self.kind = kind
        self.requestByteCountMax = requestByteCountMax
        requestType = Request.self
        answerType = answer
        lookUp = nil
        unsafe compile = { (bytes) throws(Refusal) in
            try plan(try unsafe Request(readingFrom: bytes))
        }
    }

    /// A query of one document.
    ///
    /// - Parameter key: pure; called on the thread that received the request.
    package init(
        _ method: String, request: any Message.Type, answer: any Message.Type, collection: Int,
        key: @escaping KeyReader
    ) {
        self.method = method
        kind = .one
        requestByteCountMax = Self.defaultRequestByteCountMax
        requestType = request
        answerType = answer
        lookUp = unsafe LookUp(collection: collection, key: key)
        unsafe compile = { (bytes) throws(Refusal) in
            .get(collection: collection, key: try unsafe key(bytes))
        }
    }
}

/// Reads the key that a request names out of its bytes; a rejection if there is none.
@usableFromInline package typealias KeyReader =
    @Sendable (UnsafeRawBufferPointer) throws(Rejection) -> DocumentKey

extension Message {
    /// The request in `bytes`, read where the network put it.
    ///
    /// Inlined where the message's type is known: its optionals and copies cost more than the rest.
    @inlinable init(readingFrom bytes: UnsafeRawBufferPointer) throws(Rejection) {
        self.init()
        if unsafe !mergeFlat(bytes) { self = try unsafe Self(readingCarefully: bytes) }
    }

    @usableFromInline init(
        readingCarefully bytes: UnsafeRawBufferPointer
    ) throws(Rejection) {
        do throws(MalformedMessage) { try unsafe self.init(borrowing: bytes) } catch {
            throw error.rejection
        }
    }
}
