import NIOCore
import TandemClient
import TandemCore
import Transport

/// What the runner asks for, done with the client library's own machinery: its connections,
/// retries, keys and session.
actor HarnessClient {
    private struct Open {
        let client: TandemClient
        let methods: [TandemPort: [String]]
    }

    /// What the runner asked for can't be done.
    private struct Misuse: Error {
        let message: String

        init(_ message: String) {
            self.message = message
        }
    }

    private let reply: @Sendable (HarnessReply) -> Void
    private var open: Open?
    private var calls: [Int: Task<Void, Never>] = [:]

    init(reply: @escaping @Sendable (HarnessReply) -> Void) {
        self.reply = reply
    }

    /// Begins what the request says; its reply comes when it is done.
    func handle(_ request: HarnessRequest) async {
        do {
            switch request.action {
            case .open:
                await close()
                open = try Self.open(request)
                reply(HarnessReply(id: request.id, outcome: .done))
            case .call:
                try begin(request)
            case .cancel:
                // One that has ended already has its outcome.
                if let id = request.call { calls[id]?.cancel() }
                reply(HarnessReply(id: request.id, outcome: .done))
            case .close:
                await close()
                reply(HarnessReply(id: request.id, outcome: .done))
            }
        } catch {
            let text = (error as? Misuse)?.message ?? "\(error)"
            reply(
                HarnessReply(
                    id: request.id,
                    outcome: .failure(
                        code: .invalidArgument, reason: "HARNESS_MISUSE", message: text,
                        isNotProcessed: true)))
        }
    }

    /// Closes the client, if there is one; its open calls fail, and say so.
    func close() async {
        await open?.client.close()
        open = nil
    }

    private static func open(_ request: HarnessRequest) throws -> Open {
        var configuration = TandemConfiguration()
        configuration.clientName = "tandem-client-harness/1"
        var methods: [TandemPort: [String]] = [:]
        if let text = request.command {
            configuration.commandAddress = try address(text)
            methods[.command] = request.methods?["command"] ?? []
        }
        if let text = request.query {
            configuration.queryAddress = try address(text)
            methods[.query] = request.methods?["query"] ?? []
        }
        let dialer = HarnessDialer(
            dialer: TransportDialer(
                configuration, CallMethods([]), wantsChecksums: request.wantsChecksums),
            methods: methods)
        return Open(
            client: TandemClient(CallMethods([]), configuration: configuration, dialer: dialer),
            methods: methods)
    }

    private static func address(_ text: String) throws -> ServerAddress {
        guard let address = ServerAddress(text) else { throw Misuse("\(text) is no address") }
        return address
    }

    private func begin(_ request: HarnessRequest) throws {
        guard let open else { throw Misuse("open comes before call") }
        let invocation = try Self.invocation(request, open.methods)
        calls[request.id] = Task {
            let outcome = await Self.outcome(of: invocation, open.client)
            calls[request.id] = nil
            reply(HarnessReply(id: request.id, outcome: outcome))
        }
    }

    private static func invocation(
        _ request: HarnessRequest, _ methods: [TandemPort: [String]]
    ) throws -> Invocation {
        guard let portName = request.port, let name = request.method, let kind = request.kind
        else { throw Misuse("a call has a port, a method and a kind") }
        let port: TandemPort = portName == .command ? .command : .query
        guard let number = methods[port]?.firstIndex(of: name) else {
            throw Misuse("\(name) is not among the \(port) methods of open")
        }
        guard let body = bytes(ofHex: request.body ?? "") else { throw Misuse("body is no hex") }
        let isReadOnly = request.isReadOnly ?? (port == .query)
        return Invocation(
            port: port, method: number, kind: kind == .unary ? .unary : .stream,
            isReadOnly: isReadOnly, body: ByteBuffer(bytes: body),
            key: try request.key.map { try key($0) },
            maxStaleness: request.maxStalenessMilliseconds.map { .milliseconds(Int64($0)) },
            context: CallContext(
                traceParent: request.traceParent,
                custom: try (request.custom ?? []).map { try entry($0) }),
            timeout: .milliseconds(request.timeoutMilliseconds ?? 10_000))
    }

    private static func entry(_ entry: HarnessRequest.Entry) throws -> CustomEntry {
        if let text = entry.text { return CustomEntry(name: entry.name, value: .text(text)) }
        guard let hex = entry.bytes, let bytes = bytes(ofHex: hex) else {
            throw Misuse("a custom entry has text, or bytes in hex")
        }
        return CustomEntry(name: entry.name, value: .binary(bytes))
    }

    private static func key(_ text: String) throws -> IdempotencyKey {
        guard let bytes = bytes(ofHex: text), bytes.count == 16,
            let key = IdempotencyKey(bytes: bytes)
        else { throw Misuse("a key is 32 hexadecimal digits") }
        return key
    }

    private static func outcome(
        of invocation: Invocation, _ client: TandemClient
    ) async -> HarnessReply.Outcome {
        do throws(TandemError) {
            let done = try await client.perform(invocation)
            return .answer(
                body: Array(done.end.body.readableBytesView),
                items: done.items.map { Array($0.readableBytesView) },
                isReplay: done.end.isReplay, token: done.end.token, age: done.end.age)
        } catch {
            return .failure(
                code: error.code, reason: error.reason, message: error.message,
                isNotProcessed: error.isNotProcessed)
        }
    }
}
