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
            try await step.run { client, id, version, options in
                try await client.payOrder(id, expectedVersion: version, options: options)
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
            try await step.run { client, id, version, options in
                try await client.shipOrder(id, expectedVersion: version, options: options)
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
            try await step.run { client, id, version, options in
                try await client.deliverOrder(id, expectedVersion: version, options: options)
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cancel an order that has not been shipped.",
            discussion: """
                EXAMPLES
                  tandem order cancel 1
                  tandem order cancel 1 --reason 'ordered twice'
                """)

        @OptionGroup var step: StepOptions
        @Option(help: "Why, 200 bytes at most.") var reason = ""

        func run() async throws {
            try await step.run { client, id, version, options in
                try await client.cancelOrder(
                    id, reason: reason, expectedVersion: version, options: options)
            }
        }
    }

    struct Refund: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Record that an order was refunded, all of it or a part.",
            discussion: """
                EXAMPLES
                  tandem order refund 1
                  tandem order refund 1 --amount-minor 250 --reason 'one was broken'
                """)

        @OptionGroup var step: StepOptions
        @Option(
            help: ArgumentHelp(
                "How much, in minor units. (default: all that is left)", valueName: "amount"))
        var amountMinor: Int64?
        @Option(help: "Why, 200 bytes at most.") var reason = ""

        func run() async throws {
            try await step.run { client, id, version, options in
                try await client.refundOrder(
                    id, amountMinorUnits: amountMinor, reason: reason, expectedVersion: version,
                    options: options)
            }
        }
    }

    struct AddItem: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an item to an order that is not paid yet.",
            discussion: """
                EXAMPLES
                  tandem order add-item 1 7:2
                  tandem order add-item 1 7:3:=1000 --expected-version 1
                """)

        @OptionGroup var step: StepOptions
        @Argument(
            help: ArgumentHelp(
                "As --line of `tandem order place`.",
                valueName: "product:quantity[:[=]price-minor]"))
        var line: LineArgument

        func run() async throws {
            try await step.run { client, id, version, options in
                try await client.addItem(
                    line.line, to: id, expectedVersion: version, options: options)
            }
        }
    }

    struct ChangeItem: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Change the quantity of an item of an order that is not paid yet.",
            discussion: """
                EXAMPLES
                  tandem order change-item 1 2 5
                  tandem order change-item 1 3 2 --price-minor 380
                """)

        @OptionGroup var step: StepOptions
        @Argument(help: "The item's number, as `tandem order get` shows it.") var item: UInt32
        @Argument(help: "The new quantity, 1 to 1000000.") var quantity: UInt32
        @Option(
            help: ArgumentHelp(
                "What the whole line costs then: needed if it has no unit price.",
                valueName: "amount"))
        var priceMinor: Int64?

        func run() async throws {
            try await step.run { client, id, version, options in
                try await client.changeQuantity(
                    ofItem: item, of: id, to: quantity, priceMinorUnits: priceMinor,
                    expectedVersion: version, options: options)
            }
        }
    }

    struct RemoveItem: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Take an item out of an order that is not paid yet; the last one stays.",
            discussion: """
                EXAMPLE
                  tandem order remove-item 1 2
                """)

        @OptionGroup var step: StepOptions
        @Argument(help: "The item's number, as `tandem order get` shows it.") var item: UInt32

        func run() async throws {
            try await step.run { client, id, version, options in
                try await client.removeItem(
                    item, from: id, expectedVersion: version, options: options)
            }
        }
    }

    struct StepOptions: ParsableArguments {
        @Argument(help: "The order's id, a whole number from 1.") var id: OrderID
        @OptionGroup var change: ChangeOptions
        @OptionGroup var options: GlobalOptions

        func run(
            _ step: (TandemClient, OrderID, UInt64?, CallOptions) async throws
                -> Answer<OrderReceipt>
        ) async throws {
            try await options.withClient { client in
                try options.show(
                    order: try await step(
                        client, id, change.expectedVersion, change.callOptions))
            }
        }
    }
}
