import ArgumentParser
import OrdersClient
import TandemClient
import TandemCore

/// `tandem order …`
struct OrderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "order", abstract: "Place orders, move them along, show them.",
        discussion: """
            An order is placed, paid, shipped and delivered, in this order; until it is paid its \
            items can be changed, until it is shipped it can be cancelled, and once it is paid it \
            can be refunded.

            EXAMPLES
              tandem order place --user 1 --line 1:2 --line 7:3:399
              tandem order pay 1
              tandem order list --user 1 --status paid
              tandem order list --from 2026-01-01
            """,
        subcommands: [
            Place.self, AddItem.self, ChangeItem.self, RemoveItem.self, Pay.self, Ship.self,
            Deliver.self, Cancel.self, Refund.self, Get.self, List.self, Sales.self,
        ])

    struct Place: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Place an order.",
            discussion: """
                A line is PRODUCT:QUANTITY at the catalogue's price, PRODUCT:QUANTITY:PRICE_MINOR \
                with the price of one unit, or PRODUCT:QUANTITY:=PRICE_MINOR with the price of the \
                whole line: three units for 10.00 are no unit price of whole cents.

                EXAMPLES
                  tandem order place --user 1 --line 1:2
                  tandem order place --user 1 --line 1:2 --line 7:3:399 --currency EUR
                  tandem order place --user 1 --line 7:3:=1000
                  tandem order place --user 1 --line 1:2 --key 0123456789abcdef0123456789abcdef
                """)

        @Option(help: "The id of the user who orders, a whole number from 1.")
        var user: UserID
        @Option(
            name: .customLong("line"),
            help: ArgumentHelp(
                "A line: a product's id, a quantity, perhaps a price for each unit, or with = for "
                    + "the whole line; like 1:2, 7:3:399 or 7:3:=1000.",
                valueName: "product:quantity[:[=]price-minor]"))
        var lines: [LineArgument]
        @Option(help: ArgumentHelp("The currency of the whole order.", valueName: "code"))
        var currency = "USD"
        @Option(help: "The id, a whole number from 1. (default: the next free one)")
        var id: OrderID?
        @OptionGroup var key: KeyOptions
        @OptionGroup var options: GlobalOptions

        func validate() throws {
            guard !lines.isEmpty else {
                throw ValidationError("An order needs at least one --line.")
            }
        }

        func run() async throws {
            let order = NewOrder(
                id: id, userID: user, currency: currency, lines: lines.map(\.line))
            try await options.withClient { client in
                let answer = try await client.placeOrder(order, options: key.callOptions)
                try options.show(order: answer)
            }
        }
    }

    struct Get: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show an order with its items.",
            discussion: """
                EXAMPLES
                  tandem order get 1
                  tandem order get 1 --at-least 00c0ffee00c0ffee-17
                """)

        @Argument(help: "The order's id, a whole number from 1.") var id: OrderID
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.order(id, options: read.callOptions)
                options.showDocument(answer, answer.value.json, answer.value.text)
            }
        }
    }
}

extension GlobalOptions {
    /// A command's answer about an order.
    func show(order answer: Answer<OrderReceipt>) throws(SilentExit) {
        let refunded: SafeText =
            answer.refunded.minorUnits == 0 ? "" : ", refunded \(answer.refunded)"
        let item: SafeText = answer.item.map { ", item \($0)" } ?? ""
        try showReceipt(
            answer,
            [
                JSON.Member(name: "order_id", value: JSON(answer.id.rawValue)),
                JSON.Member(name: "status", value: .string(answer.status.rawValue)),
                JSON.Member(name: "total_minor", value: .int64(answer.total.minorUnits)),
                JSON.Member(name: "currency", value: .string(answer.total.currency)),
                JSON.Member(name: "version", value: JSON(answer.version)),
                JSON.Member(name: "refunded_minor", value: .int64(answer.refunded.minorUnits)),
                JSON.Member(name: "item", value: answer.item.map { .count(Int($0)) } ?? .null),
            ],
            "order \(answer.id) \(answer.status.rawValue), total \(answer.total)\(refunded)\(item)")
    }
}
