package import EventModel
package import NIOCore
package import SwiftProtobuf
import Transport
import WireMessages

// What the typed calls are made of.
extension TandemClient {
    /// Sends a command under `options.key` or a fresh key, and remembers the position it reached.
    package func command<Receipt: MessageReadable>(
        _ method: CommandMethod, _ request: some Message, options: CallOptions
    ) async throws(TandemError) -> Answer<Receipt> {
        var generator = SystemRandomNumberGenerator()
        let key = options.key ?? .timeOrdered(at: .wallClock(), using: &generator)
        let done = try await perform(
            Invocation(
                method, body: try request.requestBody(), key: key, options: options,
                timeout: configuration.timeout))
        return try done.end.answer(key: key)
    }

    /// Asks for one document at least as recent as the session and `options` demand.
    package func query<Document: MessageReadable>(
        _ method: QueryMethod, _ request: some Message, options: CallOptions
    ) async throws(TandemError) -> Answer<Document> {
        try await perform(invocation(method, request, options)).end.answer(key: nil)
    }

    /// Asks for one page of documents.
    package func page<Document: MessageReadable>(
        _ method: QueryMethod, _ request: some Message, options: CallOptions
    ) async throws(TandemError) -> Page<Document> {
        let done = try await perform(invocation(method, request, options))
        var documents: [Document] = []
        documents.reserveCapacity(done.items.count)
        for item in done.items {
            documents.append(Document(try item.message(Document.WireMessage.self, key: nil)))
        }
        let end = try done.end.body.message(Tandem_Control_V1_StreamEnd.self, key: nil)
        return Page(
            items: documents,
            next: end.nextCursor.isEmpty ? nil : PageCursor(bytes: [UInt8](end.nextCursor)),
            token: done.end.token, age: done.end.age)
    }

    /// A call outside the session: it neither demands a position nor moves the session's.
    package func detached<Method: CallMethod, Reply: Message>(
        _ method: Method, _ request: some Message, options: CallOptions
    ) async throws(TandemError) -> Reply {
        let done = try await engine.perform(
            Invocation(
                method, body: try request.requestBody(), options: options,
                timeout: configuration.timeout))
        return try done.end.body.message(Reply.self, key: nil)
    }

    private func invocation(
        _ method: QueryMethod, _ request: some Message, _ options: CallOptions
    ) throws(TandemError) -> Invocation {
        Invocation(
            method, body: try request.requestBody(), options: options,
            timeout: configuration.timeout)
    }

    /// A call of this session: a query demands what the session has seen, and what the answer
    /// tells is seen from then on.
    package func perform(_ invocation: Invocation) async throws(TandemError) -> CompletedCall {
        let demand =
            invocation.port == .query
            ? sessionToken.demand(with: invocation.atLeast) : invocation.atLeast
        do throws(TandemError) {
            let done = try await engine.perform(invocation.demanding(demand))
            sessionToken.observe(done.end.token)
            return done
        } catch {
            sessionToken.observe(error.token)
            if error.reason == "EPOCH_CHANGED", let demand { sessionToken.forget(demand.epoch) }
            throw error
        }
    }
}

extension CallSuccess {
    fileprivate func answer<Value: MessageReadable>(
        key: IdempotencyKey?
    ) throws(TandemError) -> Answer<Value> {
        let message = try body.message(Value.WireMessage.self, key: key)
        return Answer(Value(message), token: token, isReplay: isReplay, age: age, key: key)
    }

    /// The greatest number says that the server doesn't know.
    package var age: Duration? {
        ageMilliseconds.flatMap { $0 == .max ? nil : .milliseconds(Int64($0)) }
    }
}

extension Message {
    /// The message's bytes, as the body of a request.
    package func requestBody() throws(TandemError) -> ByteBuffer {
        ByteBuffer(bytes: try requestBytes())
    }

    /// The message's bytes.
    package func requestBytes() throws(TandemError) -> [UInt8] {
        do {
            return try serializedBytes()
        } catch {
            throw TandemError(
                code: .invalidArgument, reason: "UNSENDABLE_REQUEST",
                message: "The request can't be encoded: \(error).", retry: .never)
        }
    }
}

extension ByteBuffer {
    /// The message that the buffer holds.
    package func message<Decoded: Message>(
        _ type: Decoded.Type, key: IdempotencyKey?
    ) throws(TandemError) -> Decoded {
        do {
            return try Decoded(serializedBytes: [UInt8](readableBytesView))
        } catch {
            throw .unreadableAnswer(Decoded.protoMessageName, key: key)
        }
    }
}
