import ConnectionState
import NIOCore
import TandemCore
import TestSupport
import Wire
import WireMessages

@testable import Transport

/// A client with a test at the other end of its connection.
struct ClientScript {
    let client: ClientConnection
    let server: RawPeer

    /// - Parameters:
    ///   - inFlight: how many calls the server says it takes at once; 0: it doesn't say.
    ///   - dictionaries: what the server says it compresses with.
    static func run(
        acceptsZlib: Bool = true, inFlight: UInt32 = 0,
        dictionaries: [Tandem_Control_V1_Dictionary] = [],
        _ body: (ClientScript) async throws -> Void
    ) async throws {
        let turn = await Turn.next()
        defer { turn.end() }
        let listener = try await RawListener.listen()
        var welcome = Welcome()
        welcome.limits.maxInFlight = inFlight
        welcome.features = acceptsZlib ? [Feature.zlib] : []
        welcome.dictionaries = dictionaries
        async let accepted = accept(on: listener, welcome)
        let client = try await connect(to: listener.address) { $0.acceptsZlib = acceptsZlib }
        let script = ClientScript(client: client, server: try await accepted)
        do {
            try await body(script)
        } catch {
            await client.close()
            await listener.close()
            throw error
        }
        await client.close()
        await listener.close()
    }

    private static func accept(
        on listener: RawListener, _ offered: Welcome
    ) async throws -> RawPeer {
        let peer = try await listener.accept()
        try await peer.readOpening()
        var welcome = offered
        welcome.methods = TestService.Method.allCases.map { method in
            var info = MethodInfo()
            info.known = true
            info.kind = method.traits.kind == .unary ? .unary : .stream
            return info
        }
        peer.send(WireBytes.frame(.welcome, body: welcome.body()))
        return peer
    }

    func echo(timeout: Duration? = nil) async -> CallOutcome {
        await outcome(of: OutboundCall(method: 0, body: ByteBuffer(string: "hi"), timeout: timeout))
    }

    func page() async -> CallOutcome {
        await outcome(of: OutboundCall(method: 2, body: ByteBuffer()))
    }

    func outcome(of call: OutboundCall) async -> CallOutcome {
        do throws(CallFailure) {
            let (items, end) = try await client.page(call)
            return CallOutcome(
                items: items.map { String(buffer: $0) }, body: String(buffer: end.body))
        } catch {
            return CallOutcome(failure: error)
        }
    }
}

/// How a call went, in a form that is easy to compare.
struct CallOutcome: Sendable {
    var items: [String] = []
    var body: String?
    var failure: CallFailure?
}
