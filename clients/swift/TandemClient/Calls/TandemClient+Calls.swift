import Foundation
package import NIOCore
public import SwiftProtobuf
public import TandemCore
package import Transport
package import WireMessages

// The typed calls. Each throws a TandemError that says whether and how to try again; those that
// may pass by themselves have been tried again until the timeout already.
extension TandemClient {
    /// Sends a command under `options.key` or a fresh key, and remembers the position it reached:
    /// the session's queries see its effects from then on.
    @discardableResult
    public func send<Request: Message, Reply: Message>(
        _ method: Command<Request, Reply>, _ request: Request,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<Reply> {
        let key = options.key ?? .fresh()
        let done = try await perform(
            try invocation(.command, method.name, .unary, request, key: key, options))
        return try done.end.answer(key: key)
    }

    /// Asks for one document, at least as recent as the session and `options` demand. One that
    /// doesn't exist is an error of code `.notFound`.
    public func ask<Request: Message, Reply: Message>(
        _ method: Query<Request, Reply>, _ request: Request, options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Answer<Reply> {
        let done = try await perform(
            try invocation(.query, method.name, .unary, request, options))
        return try done.end.answer(key: nil)
    }

    /// Asks for one page, at least as recent as the session and `options` demand.
    public func page<Request: Message, Item: Message>(
        _ method: Listing<Request, Item>, _ request: Request,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<Item> {
        let done = try await perform(
            try invocation(.query, method.name, .stream, request, options))
        var items: [Item] = []
        items.reserveCapacity(done.items.count)
        for item in done.items { items.append(try item.message(Item.self, key: nil)) }
        let end = try done.end.body.message(Tandem_Control_V1_StreamEnd.self, key: nil)
        return Page(
            items: items,
            next: end.nextCursor.isEmpty ? nil : PageCursor(bytes: [UInt8](end.nextCursor)),
            token: done.end.token, age: done.end.age)
    }

    /// Asks for the page behind another one; `nil`: for the first.
    ///
    /// - Parameter cursor: ``Page/next`` of the page before.
    public func page<Request: PageRequest, Item: Message>(
        _ method: Listing<Request, Item>, _ request: Request, after cursor: PageCursor?,
        options: CallOptions = CallOptions()
    ) async throws(TandemError) -> Page<Item> {
        var request = request
        if let cursor { request.cursor = .init(cursor.bytes) }
        return try await page(method, request, options: options)
    }

    /// All items of a list, fetched page by page as they are asked for.
    ///
    /// - Parameter request: with the size that each page is to have; its cursor is where the list
    ///   begins.
    public func items<Request: PageRequest, Item: Message>(
        _ method: Listing<Request, Item>, _ request: Request,
        options: CallOptions = CallOptions()
    ) -> PagedSequence<Item> {
        PagedSequence { [self] cursor async throws(TandemError) in
            try await page(method, request, after: cursor, options: options)
        }
    }

    /// How a port's server is: outside the session, it neither demands a position nor moves the
    /// session's.
    package func status(
        of port: TandemPort, options: CallOptions
    ) async throws(TandemError) -> Tandem_Meta_V1_StatusReply {
        let done = try await engine.perform(
            Invocation(
                port: port, method: try engine.methods.number(of: CallMethods.status, on: port),
                kind: .unary, isReadOnly: true,
                body: try Tandem_Meta_V1_StatusRequest().requestBody(), options: options,
                timeout: options.timeout ?? configuration.timeout))
        return try done.end.body.message(Tandem_Meta_V1_StatusReply.self, key: nil)
    }

    private func invocation(
        _ port: TandemPort, _ method: String, _ kind: CallKind, _ request: some Message,
        key: IdempotencyKey? = nil, _ options: CallOptions
    ) throws(TandemError) -> Invocation {
        Invocation(
            port: port, method: try engine.methods.number(of: method, on: port), kind: kind,
            isReadOnly: port == .query, body: try request.requestBody(), key: key,
            options: options, timeout: options.timeout ?? configuration.timeout)
    }

    /// A call of this session: a query demands what the session has seen, and what the answer
    /// tells is seen from then on.
    @inline(__always)
    package func perform(
        _ invocation: consuming Invocation
    ) async throws(TandemError) -> CompletedCall {
        if invocation.port == .query {
            invocation.atLeast = sessionToken.demand(with: invocation.atLeast)
        }
        do throws(TandemError) {
            let done = try await engine.perform(invocation)
            sessionToken.observe(done.end.token)
            return done
        } catch {
            sessionToken.observe(error.token)
            if error.reason == "EPOCH_CHANGED", let demand = invocation.atLeast {
                sessionToken.forget(demand.epoch)
            }
            throw error
        }
    }
}

extension Answer {
    /// The same answer with another value, made of this one's.
    package func map<Other>(_ transform: (Value) -> Other) -> Answer<Other> {
        Answer<Other>(transform(value), token: token, isReplay: isReplay, age: age, key: key)
    }
}

extension Page {
    /// The same page with other items, made of this one's.
    package func map<Other>(_ transform: (Item) -> Other) -> Page<Other> {
        Page<Other>(items: items.map(transform), next: next, token: token, age: age)
    }
}

extension CallSuccess {
    fileprivate func answer<Value: Message>(
        key: IdempotencyKey?
    ) throws(TandemError) -> Answer<Value> {
        Answer(
            try body.message(Value.self, key: key), token: token, isReplay: isReplay, age: age,
            key: key)
    }

    /// The greatest number says that the server doesn't know.
    package var age: Duration? {
        ageMilliseconds.flatMap { $0 == .max ? nil : .milliseconds(Int64($0)) }
    }
}

extension Message {
    /// The message's bytes, as the body of a request.
    package func requestBody() throws(TandemError) -> ByteBuffer {
        let body: RequestBody = try encoded()
        return body.buffer
    }

    /// The message's bytes.
    package func requestBytes() throws(TandemError) -> [UInt8] { try encoded() }

    private func encoded<Bytes: SwiftProtobufContiguousBytes>() throws(TandemError) -> Bytes {
        do {
            return try serializedBytes()
        } catch {
            throw TandemError(
                code: .invalidArgument, reason: "UNSENDABLE_REQUEST",
                message: "The request can't be encoded: \(error).", retry: .never)
        }
    }
}

/// A buffer that messages are encoded into.
private struct RequestBody: SwiftProtobufContiguousBytes {
    private(set) var buffer: ByteBuffer

    init(repeating byte: UInt8, count: Int) { buffer = ByteBuffer(repeating: byte, count: count) }
    init(_ bytes: some Sequence<UInt8>) { buffer = ByteBuffer(bytes: bytes) }

    var count: Int { buffer.readableBytes }

    func withUnsafeBytes<Result>(
        _ body: (UnsafeRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try unsafe buffer.withUnsafeReadableBytes(body)
    }

    mutating func withUnsafeMutableBytes<Result>(
        _ body: (UnsafeMutableRawBufferPointer) throws -> Result
    ) rethrows -> Result {
        try unsafe buffer.withUnsafeMutableReadableBytes(body)
    }
}

extension ByteBuffer {
    /// The message that the buffer holds.
    package func message<Decoded: Message>(
        _ type: Decoded.Type, key: IdempotencyKey?
    ) throws(TandemError) -> Decoded {
        do {
            return try Decoded(serializedBytes: readableBytesSpan)
        } catch {
            throw .unreadableAnswer(Decoded.protoMessageName, key: key)
        }
    }
}
