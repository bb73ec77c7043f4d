import OrdersClient
import TandemClient
import TandemCore
import TestSupport
import Testing
import Transport

/// Positions: what a session has seen, and what its queries demand.
@Suite(.takingTurns) struct ClientSessionTests {
    @Test func `a query demands what the session's command reached`() async throws {
        let server = FakeServer { received in
            received.port == .command
                ? .answer(.reply(FakeAnswer.user, position: 9))
                : .answer(.reply(FakeAnswer.order, position: 11))
        }
        let client = server.client()
        _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        _ = try await client.order(5)
        _ = try await client.order(5)
        let demands = server.received.map { $0.call.atLeast?.position.rawValue }
        #expect(demands == [nil, 9, 11])
    }

    @Test func `another session of the same client demands nothing of the first`() async throws {
        let server = FakeServer { _ in .answer(.reply(FakeAnswer.order, position: 11)) }
        let client = server.client()
        _ = try await client.order(5)
        _ = try await client.session().order(5)
        let token = try #require(client.token)
        _ = try await client.session(from: token).order(5)
        #expect(server.received.map { $0.call.atLeast } == [nil, nil, token])
        #expect(server.dialCount == 1)
    }

    @Test func `a session forgets its position when the log is another one`() async throws {
        let server = FakeServer { received in
            guard received.call.atLeast != nil else {
                return .answer(.reply(FakeAnswer.order, position: 11))
            }
            return .fail(
                CallFailure(
                    .failedPrecondition, reason: "EPOCH_CHANGED", message: "",
                    isNotProcessed: true, retryAfter: .never))
        }
        let client = server.client()
        _ = try await client.order(5)
        await #expect(throws: TandemError.self) { _ = try await client.order(5) }
        _ = try await client.order(5)
        #expect(server.received.map { $0.call.atLeast == nil } == [true, false, true])
    }

    @Test func `a session's position never goes down, and follows the log to a new epoch`() {
        func token(_ epoch: UInt64, _ position: UInt64) -> ConsistencyToken {
            ConsistencyToken(
                epoch: LogEpoch(rawValue: epoch), position: LogPosition(rawValue: position))
        }
        let session = SessionToken(nil)
        session.observe(token(1, 10))
        session.observe(token(1, 4))
        session.observe(nil)
        #expect(session.current == token(1, 10))
        #expect(session.demand(with: token(1, 3)) == token(1, 10))
        #expect(session.demand(with: token(1, 30)) == token(1, 30))
        #expect(session.demand(with: token(2, 1)) == token(2, 1))
        session.observe(token(2, 1))
        #expect(session.current == token(2, 1))
        // What is told of a log that is gone takes away nothing of the new one.
        session.forget(LogEpoch(rawValue: 1))
        #expect(session.current == token(2, 1))
        session.forget(LogEpoch(rawValue: 2))
        #expect(session.current == nil)
    }
}
