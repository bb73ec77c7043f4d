import ArgumentParser
import OrdersClient
import TandemClient

// The steps of an order: each takes an order's id and answers with its new status.
extension OrderCommand {
    struct Pay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record that a placed order was paid.",
            discussion: """
                EXAMPLE
                  tandem order pay 1
                """)

        @OptionGroup var step: StepOptions

        func run() async throws {
            try await step.run { client, id, options in
                try await client.payOrder(id, options: options)
            }
        }
    }

    struct Ship: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record that a paid order was shipped.",
            discussion: """
                EXAMPLE
                  tandem order ship 1
                """)

        @OptionGroup var step: StepOptions

        func run() async throws {
            try await step.run { client, id, options in
                try await client.shipOrder(id, options: options)
            }
        }
    }

    struct Deliver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record that a shipped order was delivered.",
            discussion: """
                EXAMPLE
                  tandem order deliver 1
                """)

        @OptionGroup var step: StepOptions

        func run() async throws {
            try await step.run { client, id, options in
                try await client.deliverOrder(id, options: options)
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cancel an order that has not been shipped.",
            discussion: """
                EXAMPLE
                  tandem order cancel 1
                """)

        @OptionGroup var step: StepOptions

        func run() async throws {
            try await step.run { client, id, options in
                try await client.cancelOrder(id, options: options)
            }
        }
    }

    struct StepOptions: ParsableArguments {
        @Argument(help: "The order's id, a whole number from 1.") var id: OrderID
        @OptionGroup var key: KeyOptions
        @OptionGroup var options: GlobalOptions

        func run(
            _ step: (TandemClient, OrderID, CallOptions) async throws -> Answer<OrderReceipt>
        ) async throws {
            try await options.withClient { client in
                try options.show(order: try await step(client, id, key.callOptions))
            }
        }
    }
}
