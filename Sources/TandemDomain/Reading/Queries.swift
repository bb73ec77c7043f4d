public import DocumentStore
public import SwiftProtobuf
public import TandemCore

/// What a domain's query port answers: ``Get``, ``First``, ``GetMany`` and ``List``.
public protocol QueryHandling: Sendable {
    /// For the server: the query, for a domain whose collections have these numbers.
    func handler(in collections: Collections) throws(DomainMistake) -> QueryHandler
}

/// A query that a server can answer.
public struct QueryHandler: Sendable {
    let definition: QueryDefinition
    /// Makes the plan of an empty request, so that a mistake in it is found before there is one.
    let rehearse: @Sendable () throws -> Void
}

/// The numbers of a domain's collections, by their documents' types.
public struct Collections: Sendable {
    private let numbers: [ObjectIdentifier: Int]

    init(_ documents: [any Document.Type]) {
        numbers = Dictionary(
            documents.enumerated().map { (ObjectIdentifier($1), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    @usableFromInline func number(of document: any Document.Type) throws(DomainMistake) -> Int {
        guard let number = numbers[ObjectIdentifier(document)] else {
            throw .unlistedDocument(document)
        }
        return number
    }
}

/// A query that answers one document by its key.
public struct Get: QueryHandling {
    @usableFromInline let make: @Sendable (Collections) throws(DomainMistake) -> QueryHandler

    /// - Parameter id: the request's field with the document's key.
    @inlinable public init<Request: Message, Answer: Document>(
        _ method: Query<Request, Answer>, _ id: Field<Request, Answer.ID>
    ) {
        self.init(method) { $0[keyPath: id] }
    }

    /// - Parameter id: the document's key, or a rejection. Pure; on the thread that received the
    ///   request.
    @inlinable public init<Request: Message, Answer: Document>(
        _ method: Query<Request, Answer>, id: @escaping @Sendable (Request) throws -> Answer.ID
    ) {
        let key: KeyReader = { (bytes) throws(Rejection) in
            let request = try unsafe Request(readingFrom: bytes)
            do { return try id(request).documentKey } catch {
                throw QueryHandler.rejection(of: method.name, error)
            }
        }
        make = { (collections) throws(DomainMistake) in
            unsafe QueryHandler(
                method.name, request: Request.self, answer: Answer.self,
                collection: try collections.number(of: Answer.self), key: key,
                rehearse: { _ = try id(Request()) })
        }
    }

    public func handler(in collections: Collections) throws(DomainMistake) -> QueryHandler {
        try make(collections)
    }
}

/// A query that answers the first document of a selection; NOT_FOUND if there is none.
public struct First: QueryHandling {
    private let make: @Sendable (Collections) throws(DomainMistake) -> QueryHandler

    /// - Parameter selection: of one of the document's indexes, or a rejection. Pure; on the thread
    ///   that received the request.
    public init<Request: Message, Answer: Document>(
        _ method: Query<Request, Answer>,
        selection: @escaping @Sendable (Request) throws -> Selection<Answer>
    ) {
        make = { (collections) throws(DomainMistake) in
            let collection = try collections.number(of: Answer.self)
            return QueryHandler(method, .one, Answer.self) { (request: Request) in
                .first(try selection(request).range(of: collection))
            }
        }
    }

    public func handler(in collections: Collections) throws(DomainMistake) -> QueryHandler {
        try make(collections)
    }
}

/// A query that answers the documents with some keys, in their order; those that there aren't are
/// left out.
public struct GetMany: QueryHandling {
    private let make: @Sendable (Collections) throws(DomainMistake) -> QueryHandler

    /// - Parameters:
    ///   - countMax: more keys are refused (INVALID_ARGUMENT, TOO_MANY_KEYS).
    ///   - requestByteCountMax: a larger request is refused before it is read. A number has 10
    ///     bytes at most, so that the default has room for 1,600 of them.
    ///   - ids: the documents' keys, or a rejection. Pure; on the thread that received the request.
    public init<Request: Message, Item: Document>(
        _ method: Listing<Request, Item>, countMax: Int = 1_000,
        requestByteCountMax: Int = 16 << 10,
        ids: @escaping @Sendable (Request) throws -> [Item.ID]
    ) {
        make = { (collections) throws(DomainMistake) in
            let collection = try collections.number(of: Item.self)
            return QueryHandler(
                method, .many, Item.self, requestByteCountMax: requestByteCountMax
            ) { (request: Request) in
                let ids = try ids(request)
                guard ids.count <= countMax else {
                    throw Rejection(
                        .invalidArgument, reason: "TOO_MANY_KEYS",
                        message: "\(ids.count) documents are asked for, of \(countMax) at most",
                        metadata: ["keys_max": "\(countMax)"])
                }
                return .many(collection: collection, keys: ids.map(\.documentKey))
            }
        }
    }

    public func handler(in collections: Collections) throws(DomainMistake) -> QueryHandler {
        try make(collections)
    }
}

/// A query that answers a page of an index.
public struct List: QueryHandling {
    private let make: @Sendable (Collections) throws(DomainMistake) -> QueryHandler

    /// - Parameters:
    ///   - pageSize: how many items a page has if the request says nothing.
    ///   - pageSizeMax: a request for more is refused (INVALID_ARGUMENT, PAGE_SIZE_OUT_OF_RANGE).
    ///   - selection: of one of the document's indexes, or a rejection. Pure; on the thread that
    ///     received the request. With the same request it has to be the same for each page.
    public init<Request: PageRequest, Item: Document>(
        _ method: Listing<Request, Item>, pageSize: Int = 100, pageSizeMax: Int = 1_000,
        selection: @escaping @Sendable (Request) throws -> Selection<Item>
    ) {
        make = { (collections) throws(DomainMistake) in
            let collection = try collections.number(of: Item.self)
            return QueryHandler(method, .many, Item.self) { (request: Request) in
                let limit = try request.limit(pageSize, max: pageSizeMax)
                return try selection(request).range(of: collection).page(
                    from: request.cursor, limit: limit)
            }
        }
    }

    /// A query for what belongs to a document that is found by something else than its key: the
    /// orders of the user who has an e-mail address. Exact like any other, in one look more; and
    /// nothing has to be moved when the address changes. A page is empty if nobody is found.
    ///
    /// - Parameters:
    ///   - index: its first component, ascending, is the key of the document that is found.
    ///   - owner: where that is the first, or a rejection; as `selection` above.
    public init<Request: PageRequest, Item: Document, Owner: Document>(
        _ method: Listing<Request, Item>, pageSize: Int = 100, pageSizeMax: Int = 1_000,
        in index: Index<Item>, of owner: @escaping @Sendable (Request) throws -> Selection<Owner>
    ) where Owner.ID: FixedIndexValue {
        make = { (collections) throws(DomainMistake) in
            let collection = try collections.number(of: Item.self)
            let ownerCollection = try collections.number(of: Owner.self)
            return QueryHandler(method, .many, Item.self) { (request: Request) in
                let limit = try request.limit(pageSize, max: pageSizeMax)
                let range = try index.allOwned(byKeyOf: Owner.self).range(of: collection)
                return try range.page(
                    from: request.cursor, limit: limit,
                    owner: try owner(request).range(of: ownerCollection))
            }
        }
    }

    public func handler(in collections: Collections) throws(DomainMistake) -> QueryHandler {
        try make(collections)
    }
}

extension QueryHandler {
    fileprivate init<Request: Message>(
        _ method: some Method, _ kind: QueryDefinition.Kind, _ answer: any Message.Type,
        requestByteCountMax: Int = QueryDefinition.defaultRequestByteCountMax,
        plan: @escaping @Sendable (Request) throws -> QueryPlan
    ) {
        definition = QueryDefinition(
            method.name, kind: kind, answer: answer, requestByteCountMax: requestByteCountMax
        ) { (request) throws(Rejection) in
            do { return try plan(request) } catch {
                throw Self.rejection(of: method.name, error)
            }
        }
        rehearse = { _ = try plan(Request()) }
    }

    @usableFromInline init(
        _ method: String, request: any Message.Type, answer: any Message.Type, collection: Int,
        key: @escaping KeyReader, rehearse: @escaping @Sendable () throws -> Void
    ) {
        definition = unsafe QueryDefinition(
            method, request: request, answer: answer, collection: collection, key: key)
        self.rehearse = rehearse
    }

    /// What a request is told: its rejection. A mistake that an empty request didn't bring to light
    /// is the server's.
    @usableFromInline static func rejection(of method: String, _ error: any Error) -> Rejection {
        error as? Rejection
            ?? Rejection(
                .internal, reason: "INTERNAL",
                message: "the query \(method) is wrong on the server: \(error)")
    }
}

extension PageRequest {
    fileprivate func limit(_ standard: Int, max most: Int) throws(Rejection) -> Int {
        let size = Int(pageSize)
        guard size <= most else { throw .pageSize(size, max: most) }
        return size == 0 ? max(1, standard) : size
    }
}

extension Rejection {
    fileprivate static func pageSize(_ size: Int, max: Int) -> Rejection {
        Rejection(
            .invalidArgument, reason: "PAGE_SIZE_OUT_OF_RANGE",
            message: "page_size is \(size); it must be 1 to \(max), or 0 for the default",
            metadata: ["field": "page_size", "value": "\(size)", "min": "1", "max": "\(max)"])
    }
}

/// Collects a domain's queries.
@resultBuilder public enum QueriesBuilder {
    public static func buildExpression(_ query: some QueryHandling) -> [any QueryHandling] {
        [query]
    }

    /// Queries that were collected elsewhere.
    public static func buildExpression(_ queries: [any QueryHandling]) -> [any QueryHandling] {
        queries
    }

    public static func buildBlock(_ queries: [any QueryHandling]...) -> [any QueryHandling] {
        queries.flatMap { $0 }
    }
}
