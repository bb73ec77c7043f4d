import OrdersClient
import TandemClient
import TandemCore
import TestSupport
import Testing
import Transport

/// Keys: under which commands are sent again, and for how long.
@Suite(.takingTurns) struct CommandKeyTests {
    @Test func `a command is not sent again when its answer may be forgotten`() async throws {
        let server = FakeServer(keyRetention: .milliseconds(50)) { _ in
            .fail(
                CallFailure(
                    .unavailable, reason: "BUSY", message: "", isNotProcessed: false,
                    retryAfter: .after(milliseconds: 60)))
        }
        let client = server.client()
        let error = await #expect(throws: TandemError.self) {
            _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        }
        #expect(error?.retry == .onlyWithSameKey)
        #expect(error?.isNotProcessed == false)
        #expect(server.received.count == 1)
    }

    @Test func `a command is not sent over a connection that comes when its key is too old`()
        async throws
    {
        // The first connection is lost with the command on it; the next takes longer than the key.
        let server = FakeServer(keyRetention: .milliseconds(60), waitAfterEnd: .milliseconds(150)) {
            $0.number == 1 ? .loseConnection : .answer(.reply(position: 1))
        }
        let client = server.client()
        let error = await #expect(throws: TandemError.self) {
            _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        }
        #expect(error?.retry == .onlyWithSameKey)
        #expect(server.received.count == 1)
    }

    @Test func `a command is sent once if the server doesn't say that it keeps the key`()
        async throws
    {
        let server = FakeServer(commandRetryPolicy: .never) { _ in .loseConnection }
        let client = server.client()
        let error = await #expect(throws: TandemError.self) {
            _ = try await client.registerUser(NewUser(email: "a@b", name: "A"))
        }
        #expect(error?.code == .unavailable)
        #expect(server.received.count == 1)
    }

    @Test func `a command whose answer is lost is sent again with the same key`() async throws {
        let server = FakeServer { received in
            received.number < 4
                ? .loseConnection : .answer(.reply(FakeAnswer.user, position: 1, isReplay: true))
        }
        let answer = try await server.client().registerUser(NewUser(email: "a@b", name: "A"))
        #expect(answer.id == 7)
        #expect(answer.isReplay)
        let keys = server.received.compactMap(\.call.key)
        #expect(keys.count == 4)
        #expect(Set(keys).count == 1)
    }

    @Test func `each command has a key of its own, of UUID version 7`() async throws {
        let server = FakeServer { _ in .answer(.reply(FakeAnswer.user, position: 1)) }
        let client = server.client()
        for _ in 0..<50 { _ = try await client.registerUser(NewUser(email: "a@b", name: "A")) }
        let keys = server.received.compactMap { $0.call.key?.description }
        #expect(Set(keys).count == 50)
        #expect(keys.allSatisfy { Array($0)[12] == "7" && "89ab".contains(Array($0)[16]) })
    }
}
