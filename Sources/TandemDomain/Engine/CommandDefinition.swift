package import SwiftProtobuf
package import TandemCore
package import WriteStore

/// One command of a domain: how its request is read, and what it does.
@safe package struct CommandDefinition: Sendable {
    /// The full name, for example `tandem.orders.v1.OrderCommands/PlaceOrder`.
    package let method: String
    /// A larger request is refused before it is read. At most what a frame of 1 MiB, the ports'
    /// default limit, has room for beside its header and 8 KiB of metadata.
    package let requestByteCountMax: Int
    package let requestType: any Message.Type
    package let replyType: any Message.Type

    package let work: Work

    /// What a request asks for.
    @safe package enum Work: Sendable {
        case one(Decode)
        case many(CommandBatch)
    }

    package var isBatch: Bool { if case .many = work { true } else { false } }

    /// What to run for a request; a rejection if the bytes aren't one, or can't be accepted
    /// whatever the state. Any thread; the bytes are not used after it returns.
    package typealias Decode =
        @Sendable (UnsafeRawBufferPointer) throws(Rejection) -> DecodedCommand

    /// Many commands of the method `part`, each with a key and an outcome of its own.
    init<Request: BatchRequest, Reply: BatchReply>(
        _ method: Command<Request, Reply>, of part: String, countMax: Int, requestByteCountMax: Int
    ) {
        self.method = method.name
        self.requestByteCountMax = requestByteCountMax
        requestType = Request.self
        replyType = Reply.self
        work = .many(CommandBatch(method, of: part, countMax: countMax))
    }

    /// `prepare` checks what the request alone can tell, on the thread that
    /// received it, so that the one writer's thread, where `handler` runs inside the
    /// transaction, has less to do.
    ///
    /// `prepare` must be pure. What it turns down is answered at once, as not processed, and not
    /// kept under the idempotency key: the same bytes get the same rejection again, by these rules
    /// alone. (Rules that a later release tightens turn down the repeat of a command that was
    /// accepted before, too; its outcome stays.)
    ///
    /// - Parameter heldByteCount: what a checked request holds in memory, about, while it waits;
    ///   how much may wait is bounded. Without it, 16 times the request's bytes are counted.
    package init<
        Request: Message, Prepared: Sendable, Reply: Message, Statements: PreparedStatements
    >(
        _ method: String, requestByteCountMax: Int,
        prepare: @escaping @Sendable (Request) throws(Rejection) -> Prepared,
        heldByteCount: (@Sendable (Prepared) -> Int)? = nil,
        handler:
            @escaping @Sendable (Prepared, Statements, inout CommandTransaction)
            throws(CommandFailure) -> Reply
    ) {
        self.method = method
        self.requestByteCountMax = requestByteCountMax
        requestType = Request.self
        replyType = Reply.self
        unsafe work = .one { (bytes) throws(Rejection) in
            let request: Request = try unsafe Self.request(in: bytes)
            let prepared = try prepare(request)
            let held = heldByteCount?(prepared) ?? Self.heldBytesPerByte * bytes.count
            return DecodedCommand(heldByteCount: max(held, 0)) {
                (statements, transaction) throws(CommandFailure) in
                try Self.serialized(try handler(prepared, .known(statements), &transaction))
            }
        }
    }

    /// What a byte on the wire becomes when it is decoded, at most about: an empty message takes
    /// two there, and one of a few fields 32 in memory.
    private static var heldBytesPerByte: Int { 16 }

    private static func request<Request: Message>(
        in bytes: UnsafeRawBufferPointer
    ) throws(Rejection) -> Request {
        do { return try unsafe Request(borrowing: bytes) } catch { throw error.rejection }
    }

    private static func serialized(_ reply: some Message) throws(CommandFailure) -> [UInt8] {
        do { return try reply.serializedBytes() } catch {
            throw .storage(.mistake("its reply can't be serialized: \(error)"))
        }
    }
}

/// A command that can be queued.
package struct DecodedCommand: Sendable {
    package let work: CommandWork
    /// What it holds in memory, about.
    package let heldByteCount: Int

    init(heldByteCount: Int, work: @escaping CommandWork) {
        self.work = work
        self.heldByteCount = heldByteCount
    }
}

extension MalformedMessage {
    /// What the sender is told.
    package var rejection: Rejection {
        Rejection(
            .invalidArgument, reason: "MALFORMED_REQUEST",
            message: "the request's bytes are not a \(messageName)",
            metadata: ["message": messageName])
    }
}
