import DocumentStore
import OrdersClient
import TandemClient
import TandemCore
import Testing
import Transport
import WriteServer

/// What a query may demand, and what it is told when it can't be had.
struct ConsistencyTests {
    private func options(_ epoch: LogEpoch, _ position: UInt64) -> CallOptions {
        CallOptions(
            timeout: .seconds(60),
            atLeast: ConsistencyToken(epoch: epoch, position: LogPosition(rawValue: position)))
    }

    /// The error of a query; `nil` if it was answered.
    private func refusal(_ shop: Shop, _ options: CallOptions) async -> TandemError? {
        do throws(TandemError) {
            _ = try await shop.client.user(1, options: options)
            return nil
        } catch {
            return error
        }
    }

    @Test func `a position that doesn't come is waited for, then the answer says how far it is`()
        async throws
    {
        try await QueryPort.open(longestWait: .milliseconds(50)) { port in
            port.store.publish([], position: LogPosition(rawValue: 6))
            let client = try await port.connect()
            let ahead = ConsistencyToken(
                epoch: LogEpoch(rawValue: 1), position: LogPosition(rawValue: 7))
            let failure = try await QueryPort.getOrder(client, atLeast: ahead)
            #expect(failure?.reason == "READ_MODEL_BEHIND")
            #expect(failure?.metadata["read_position"] == "6")
            await client.close()
        }
    }

    @Test func `a waiting query is answered by the command that it waits for`() async throws {
        try await Shop.withShop { shop in
            let placed = try await shop.placeOrder()
            let head = try #require(placed.token).position.rawValue
            let session = shop.client.session()
            async let user = session.user(
                1,
                options: CallOptions(
                    timeout: .seconds(60),
                    atLeast: ConsistencyToken(
                        epoch: shop.write.epoch, position: LogPosition(rawValue: head + 1))))
            try await Task.sleep(for: .milliseconds(50))
            _ = try await shop.client.renameUser(1, to: "Renamed")
            #expect(try await user.name == "Renamed")
        }
    }

    @Test func `a position far beyond the log is refused at once`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let error = await refusal(shop, options(shop.write.epoch, .max))
            #expect(error?.code == .outOfRange)
            #expect(error?.reason == "BEYOND_HEAD")
        }
    }

    @Test func `a token of another log is refused`() async throws {
        try await Shop.withShop { shop in
            _ = try await shop.placeOrder()
            let other = LogEpoch(rawValue: shop.write.epoch.rawValue ^ 1)
            let error = await refusal(shop, options(other, 1))
            #expect(error?.code == .failedPrecondition)
            #expect(error?.reason == "EPOCH_CHANGED")
            #expect(error?.token == nil, "nothing was read, so nothing was seen")
        }
    }
}
