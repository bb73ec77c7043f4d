import EventModel
import EventStore
import Foundation
import Logging
import Orders
import ReadServer
import TandemClient
import Testing
import Transport
import WriteServer

/// A read server whose write server goes and comes back, as when the two are processes of their
/// own.
struct LostWriteServerTests {
    private let logger = Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }

    private func write(
        in folder: String, _ command: HostAndPort, _ feed: HostAndPort
    ) async throws -> WriteServer<OrdersDomain> {
        try await WriteServer.start(
            OrdersDomain(),
            configuration: .init(
                store: EventStoreConfiguration(path: folder + "/write.sqlite"),
                commandAddress: command, feedAddress: feed),
            group: Shop.group, logger: logger)
    }

    @Test func `a read server whose write server comes back goes on with the next event`()
        async throws
    {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            var write = shop.write
            for name in ["after the first loss", "after the second"] {
                let (command, feed) = (write.commandAddress, write.feedAddress)
                await write.shutDown(grace: .zero)
                write = try await self.write(in: shop.folder, command, feed)
                // The query demands what the command reached: a feed that left out an event, or
                // was asked for one too far on, would never let it be answered.
                let renamed = try await shop.client.renameUser(1, to: name)
                let user = try await shop.client.user(
                    1, options: CallOptions(timeout: .seconds(60), atLeast: renamed.token))
                #expect(user.name == name)
            }
            await write.shutDown(grace: .zero)
        }
    }
}

/// How old answers say they are.
struct AnswerAgeTests {
    @Test func `on an idle log the age of answers is that of the last heartbeat`() async throws {
        try await Shop.withShop { shop in
            let renamed = try await shop.placeOrder()
            _ = try await shop.client.order(renamed.id)
            let settled = ContinuousClock.now
            // Not for something to be done meanwhile: the last event has to be older than what
            // the query allows.
            try await Task.sleep(for: .milliseconds(2_500))
            let user = try await shop.client.user(
                1, options: CallOptions(timeout: .seconds(60), maxStaleness: .seconds(2)))
            let age = try #require(user.age)
            // Timed: at most the 2 s that were asked for, and the event is 2.5 s old or more.
            #expect(age < settled.duration(to: .now), "it is not counted from the last event")
        }
    }
}
