public import EventModel
public import EventStore
public import SwiftProtobuf

/// One command of a domain: how its request is read, and what it does.
@safe public struct CommandDefinition<Model: WriteModel>: Sendable {
    /// The full name, for example `tandem.orders.v1.OrderCommands/PlaceOrder`.
    public let method: String
    /// A larger request is refused before it is read.
    public let requestByteCountMax: Int

    /// What a frame of 1 MiB, the ports' default limit, has room for beside its header and 8 KiB
    /// of metadata, rounded down.
    public static var defaultRequestByteCountMax: Int { 1_000 << 10 }

    /// What to run for a request; a rejection if the bytes aren't one, or can't be accepted
    /// whatever the state. Any thread; the bytes are not used after it returns.
    package let decode:
        @Sendable (UnsafeRawBufferPointer) throws(Rejection) -> DecodedCommand<Model>

    /// A command of one step: `handler` runs inside the transaction, on the writer's thread.
    public init<Request: Message, Reply: Message>(
        _ method: String, requestByteCountMax: Int = defaultRequestByteCountMax,
        handler:
            @escaping @Sendable (Request, Model, inout CommandTransaction)
            throws(CommandFailure) -> Reply
    ) {
        self.init(
            method, requestByteCountMax: requestByteCountMax,
            prepare: { (request: Request) throws(Rejection) in request }, handler: handler)
    }

    /// A command of two steps: `prepare` checks what the request alone can tell, on the thread that
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
    public init<Request: Message, Prepared: Sendable, Reply: Message>(
        _ method: String, requestByteCountMax: Int = defaultRequestByteCountMax,
        prepare: @escaping @Sendable (Request) throws(Rejection) -> Prepared,
        heldByteCount: (@Sendable (Prepared) -> Int)? = nil,
        handler:
            @escaping @Sendable (Prepared, Model, inout CommandTransaction)
            throws(CommandFailure) -> Reply
    ) {
        self.method = method
        self.requestByteCountMax = requestByteCountMax
        unsafe decode = { (bytes) throws(Rejection) in
            let request: Request = try unsafe Self.request(in: bytes)
            let prepared = try prepare(request)
            let held = heldByteCount?(prepared) ?? Self.heldBytesPerByte * bytes.count
            return DecodedCommand(heldByteCount: max(held, 0)) {
                (model, transaction) throws(CommandFailure) in
                Self.serialized(try handler(prepared, model, &transaction))
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

    private static func serialized(_ reply: some Message) -> [UInt8] {
        do { return try reply.serializedBytes() } catch {
            // Only missing proto2 fields, unpacked Any and 2 GiB can make it fail.
            preconditionFailure("a reply that can't be serialized: \(error)")
        }
    }
}

/// A command that can be queued.
package struct DecodedCommand<Model: WriteModel>: Sendable {
    package let work: CommandWork<Model>
    /// What it holds in memory, about.
    package let heldByteCount: Int

    init(heldByteCount: Int, work: @escaping CommandWork<Model>) {
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
