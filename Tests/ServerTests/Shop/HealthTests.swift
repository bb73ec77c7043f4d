import NIOCore
import ReadServer
import SwiftProtobuf
import TandemCore
import Testing
import Transport
import Wire
import WireMessages
import WriteServer

/// What the servers' ports say of themselves.
struct HealthTests {
    @Test func `every port is SERVING as soon as it is there`() async throws {
        try await Shop.withShop { shop in
            let ports = [
                (shop.write.commandAddress, ConnectionRole.command),
                (shop.write.feedAddress, .feed), (shop.read.queryAddress, .query),
            ]
            for (address, role) in ports {
                let health = try await shop.health(of: address, role)
                #expect(health.state == .serving, "\(role): \(health.reasons)")
            }
        }
    }

    @Test func `without its feed the query port is DEGRADED, and says so`() async throws {
        try await Shop.withShop { shop in
            await shop.write.shutDown(grace: .zero)
            var health = try await shop.health(of: shop.read.queryAddress, .query)
            while health.state == .serving {
                try await Task.sleep(for: .milliseconds(10))
                health = try await shop.health(of: shop.read.queryAddress, .query)
            }
            #expect(health.state == .degraded)
            #expect(health.reasons.contains { $0.contains("feed") })
        }
    }

    @Test func `the query port describes its collections and their indexes`() async throws {
        try await Shop.withShop { shop in
            let description = try Tandem_Meta_V1_DescribeReply(
                serializedBytes: try await shop.ask(
                    shop.read.queryAddress, .query, "tandem.meta.v1.Meta/Describe"))
            #expect(description.domain == "tandem.orders.v1")
            #expect(
                description.collections.map(\.name)
                    == [
                        "orders", "users", "products", "user_summaries", "product_sales",
                        "daily_sales",
                    ])
            #expect(
                description.collections.first?.indexes
                    == [
                        "by_user_created", "by_user_status_created", "by_created",
                        "by_status_created", "by_total",
                    ])
        }
    }

    @Test func `the feed port is of no domain`() async throws {
        try await Shop.withShop { shop in
            let description = try Tandem_Meta_V1_DescribeReply(
                serializedBytes: try await shop.ask(
                    shop.write.feedAddress, .feed, "tandem.meta.v1.Meta/Describe"))
            #expect(description.domain.isEmpty)
            #expect(description.port == "feed")
        }
    }
}

extension Shop {
    /// What a port says of its health.
    func health(of address: HostAndPort, _ role: ConnectionRole) async throws
        -> Tandem_Meta_V1_HealthReply
    {
        let reply = try await ask(address, role, "tandem.meta.v1.Meta/Health")
        return try Tandem_Meta_V1_HealthReply(serializedBytes: reply)
    }

    func ask(
        _ address: HostAndPort, _ role: ConnectionRole, _ method: String
    ) async throws -> [UInt8] {
        let connection = try await ClientConnection.connect(
            host: address.host, port: address.port,
            configuration: ClientConfiguration(role: role, methods: [method], clientName: "test"),
            group: Shop.group)
        let reply = try await connection.call(OutboundCall(method: 0, body: ByteBuffer()))
        await connection.close()
        return Array(reply.body.readableBytesView)
    }
}
