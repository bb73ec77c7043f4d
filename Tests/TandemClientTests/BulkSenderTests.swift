import OrdersClient
import OrdersMessages
import SwiftProtobuf
import Synchronization
import TandemClient
import TandemCore
import TestSupport
import Testing
import Transport

@Suite(.takingTurns) struct BulkSenderTests {
    private func run(
        _ job: TestJob, on server: FakeServer, connectionCount: Int = 2, inFlight: Int = 10,
        patience: Duration = .seconds(20)
    ) async throws(TandemError) {
        var bulk = BulkConfiguration()
        bulk.connectionCount = connectionCount
        bulk.inFlightPerConnection = inFlight
        bulk.patience = patience
        bulk.connectPatience = patience
        try await BulkSender(client: .quick, bulk: bulk, dialer: server).run(job)
    }

    @Test func `every command gets its result, and each is sent once if all goes well`()
        async throws
    {
        let server = FakeServer { _ in .answer(.reply(position: 1)) }
        let job = TestJob(count: 1_000)
        try await run(job, on: server)
        #expect(job.results.keys.sorted() == Array(1...1_000))
        #expect(server.received.count == 1_000)
        #expect(server.openCountMax <= 10)
    }

    @Test func `a job without commands ends at once`() async throws {
        let server = FakeServer { _ in .silence }
        try await run(TestJob(count: 0), on: server)
        #expect(server.received.isEmpty)
    }

    @Test func `the server's limit of calls in flight is kept`() async throws {
        let server = FakeServer(inFlightCountMax: 3) { _ in .answer(.reply(position: 1)) }
        try await run(TestJob(count: 100), on: server)
        #expect(server.openCountMax == 3)
    }

    @Test func `what is unanswered when a connection is lost is sent again with its key`()
        async throws
    {
        // Every 50th call takes its connection down, with all that is open on it.
        let server = FakeServer { received in
            received.number.isMultiple(of: 50) ? .loseConnection : .answer(.reply(position: 1))
        }
        let job = TestJob(count: 500)
        try await run(job, on: server)
        #expect(job.results.count == 500)
        #expect(job.results.values.allSatisfy { $0 == .ok })
        #expect(server.dialCount > 2)
        #expect(server.received.count > 500)
        #expect(Set(server.received.compactMap(\.call.key)).count == 500)
    }

    @Test func `a server that is exhausted now and then gets everything in the end`() async throws {
        let server = FakeServer { received in
            received.number % 3 == 0
                ? .fail(
                    CallFailure(
                        .resourceExhausted, reason: "QUEUE_FULL", message: "busy",
                        isNotProcessed: true, retryAfter: .after(milliseconds: 1)))
                : .answer(.reply(position: 1))
        }
        let job = TestJob(count: 60)
        try await run(job, on: server)
        #expect(job.results.values.allSatisfy { $0 == .ok })
        #expect(job.results.count == 60)
    }

    @Test func `what the server asks for is waited, and the command sent again only then`()
        async throws
    {
        let refusedAt = Mutex<ContinuousClock.Instant?>(nil)
        let repeatedAfter = Mutex<Duration?>(nil)
        let server = FakeServer { received in
            guard received.call.key?.low == 7 else { return .answer(.reply(position: 1)) }
            if let refused = refusedAt.withLock({ $0 }) {
                repeatedAfter.withLock { $0 = .now - refused }
                return .answer(.reply(position: 1))
            }
            refusedAt.withLock { $0 = .now }
            return .fail(
                CallFailure(
                    .unavailable, reason: "TEST", message: "later", isNotProcessed: true,
                    retryAfter: .after(milliseconds: 150)))
        }
        let job = TestJob(count: 20)
        try await run(job, on: server)
        #expect(job.results.values.allSatisfy { $0 == .ok })
        let waited = try #require(repeatedAfter.withLock { $0 })
        // Timed: a lower bound, counted from before the answer; the two clocks differ by a little.
        #expect(waited >= .milliseconds(149))
    }

    @Test func `a wait longer than the sender's patience is not begun`() async throws {
        let server = FakeServer { received in
            guard received.call.key?.low == 7 else { return .answer(.reply(position: 1)) }
            return .fail(
                CallFailure(
                    .resourceExhausted, reason: "TEST", message: "much later",
                    isNotProcessed: true, retryAfter: .after(milliseconds: .max)))
        }
        let job = TestJob(count: 20)
        try await run(job, on: server)
        #expect(job.results[7] == .resourceExhausted)
        #expect(job.results.values.count { $0 == .ok } == 19)
    }

    @Test func `a command is not sent again once the server may have forgotten its key`()
        async throws
    {
        let server = FakeServer(keyRetention: .milliseconds(40)) { received in
            received.call.key?.low == 7 ? .fail(.of(.unavailable)) : .answer(.reply(position: 1))
        }
        let job = TestJob(count: 20)
        try await run(job, on: server)
        #expect(job.results[7] == .unavailable)
        #expect(job.advice[7] == .onlyWithSameKey)
        #expect(job.results.values.count { $0 == .ok } == 19)
    }

    @Test func `a command whose key grew too old before the next connection has an open outcome`()
        async throws
    {
        // The connection is lost with the command on it; the next one comes too late for the key.
        let server = FakeServer(keyRetention: .milliseconds(60), waitAfterEnd: .milliseconds(150)) {
            $0.number == 1 ? .loseConnection : .answer(.reply(position: 1))
        }
        let job = TestJob(count: 1)
        try await run(job, on: server, connectionCount: 1)
        #expect(job.results == [1: .unavailable])
        #expect(job.advice == [1: .onlyWithSameKey])
        #expect(server.received.count == 1)
    }

    @Test func `a command is sent once if the server doesn't say that it keeps the key`()
        async throws
    {
        let server = FakeServer(commandRetryPolicy: .never) { received in
            received.call.key?.low == 7 ? .fail(.of(.unavailable)) : .answer(.reply(position: 1))
        }
        let job = TestJob(count: 20)
        try await run(job, on: server)
        #expect(job.results[7] == .unavailable)
        #expect(job.results.values.count { $0 == .ok } == 19)
        #expect(server.received.count == 20)
    }

    @Test func `a server that ended a connection is left alone as long as it asks`() async throws {
        let lostAt = Mutex<ContinuousClock.Instant?>(nil)
        let returnedAfter = Mutex<Duration?>(nil)
        let server = FakeServer(waitAfterEnd: .milliseconds(150)) { received in
            guard let lost = lostAt.withLock({ $0 }) else {
                lostAt.withLock { $0 = .now }
                return .loseConnection
            }
            returnedAfter.withLock { $0 = $0 ?? .now - lost }
            return .answer(.reply(position: 1))
        }
        let job = TestJob(count: 5)
        try await run(job, on: server, connectionCount: 1, inFlight: 1)
        #expect(job.results.values.allSatisfy { $0 == .ok })
        let waited = try #require(returnedAfter.withLock { $0 })
        // Timed: a lower bound, counted from before the answer; the two clocks differ by a little.
        #expect(waited >= .milliseconds(149))
    }

    @Test func `a deadline that passed on the server is told, its outcome unknown`() async throws {
        let server = FakeServer { received in
            received.number == 5
                ? .fail(.of(.deadlineExceeded)) : .answer(.reply(position: 1))
        }
        let job = TestJob(count: 20)
        try await run(job, on: server)
        let told = job.results.filter { $0.value == .deadlineExceeded }.keys
        #expect(told.count == 1)
        #expect(told.first.flatMap { job.advice[$0] } == .onlyWithSameKey)
        #expect(server.received.count == 20)
    }

    @Test func `a rejection reaches the job and stops nothing`() async throws {
        let server = FakeServer { received in
            received.number == 5 ? .fail(.of(.notFound)) : .answer(.reply(position: 1))
        }
        let job = TestJob(count: 20)
        try await run(job, on: server)
        #expect(job.results.values.count { $0 == .notFound } == 1)
        #expect(job.results.count == 20)
    }

    @Test func `a replaced command counts with its replacement's answer`() async throws {
        let server = FakeServer { received in
            received.call.key?.high == 0 ? .fail(.of(.notFound)) : .answer(.reply(position: 1))
        }
        let job = TestJob(count: 20, replacementKeyHigh: 7)
        try await run(job, on: server)
        #expect(job.results.count == 20)
        #expect(job.results.values.allSatisfy { $0 == .ok })
        #expect(server.received.count == 40)
    }

    @Test func `a document is read back at least at the position of its command`() async throws {
        let order = (try? Tandem_Orders_V1_Order.with { $0.orderID = 3 }.serializedBytes()) ?? []
        let server = FakeServer { received in
            .answer(.reply(received.port == .query ? order : [], position: 77))
        }
        let job = TestJob(count: 5, followUpEvery: 5)
        try await run(job, on: server)
        #expect(job.documents.count == 1)
        let queries = server.received.filter { $0.port == .query }
        #expect(queries.map { $0.call.atLeast?.position.rawValue } == [77])
    }

    @Test func `a server that never answers is given up when patience ends`() async {
        let server = FakeServer { _ in .silence }
        let error = await #expect(throws: TandemError.self) {
            try await run(TestJob(count: 5), on: server, patience: .milliseconds(300))
        }
        #expect(error?.isUnreachable == true)
        #expect(error?.retry == .onlyWithSameKey)
    }

    @Test func `a server that goes on refusing is given up with its own last reason`() async {
        let full = CallFailure(
            .resourceExhausted, reason: "STORAGE_FULL", message: "The disk is full.",
            isNotProcessed: true, retryAfter: .after(milliseconds: 5))
        let server = FakeServer { _ in .fail(full) }
        let error = await #expect(throws: TandemError.self) {
            try await run(TestJob(count: 5), on: server, patience: .milliseconds(300))
        }
        #expect(error?.reason == "STORAGE_FULL")
        #expect(
            error?.message
                == "The server has carried out nothing for 300 ms. Its last answer: "
                + "The disk is full.")
        #expect(error?.isUnreachable == true)
    }

    @Test func `a server that can't be reached is given up when patience ends`() async {
        let server = FakeServer(refusedDialCount: .max) { _ in .silence }
        let error = await #expect(throws: TandemError.self) {
            try await run(TestJob(count: 5), on: server, patience: .milliseconds(300))
        }
        #expect(error?.reason == "NOT_REACHABLE")
    }
}
