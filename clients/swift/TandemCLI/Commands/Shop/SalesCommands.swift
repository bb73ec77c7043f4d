import ArgumentParser
import OrdersClient
import TandemClient
import TandemCore

extension UserCommand {
    struct Summary: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what all orders of a user come to.",
            discussion: """
                What was spent is what orders cost that aren't cancelled, less what was refunded, \
                one amount for each currency.

                EXAMPLE
                  tandem user summary 1
                """)

        @Argument(help: "The user's id, a whole number from 1.") var id: UserID
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                let answer = try await client.summary(of: id, options: read.callOptions)
                options.showDocument(answer, answer.value.json, answer.value.text)
            }
        }
    }
}

extension ProductCommand {
    struct Sales: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show what was sold of a product, in each currency.",
            discussion: """
                Cancelled and wholly refunded orders don't count.

                EXAMPLE
                  tandem product sales 1
                """)

        @Argument(help: "The product's id, a whole number from 1.") var id: ProductID
        @OptionGroup var paging: PagingOptions
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                try await paging.show(
                    options, name: "sales", columns: ProductSales.columns, cells: \.cells,
                    json: \.json
                ) { size, cursor throws(TandemError) in
                    try await client.salesPage(
                        of: id, pageSize: size, after: cursor, options: read.callOptions)
                }
            }
        }
    }

    struct Top: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List what sold best.",
            discussion: """
                By units, or with --currency by revenue in that currency; the most first.

                EXAMPLES
                  tandem product top --page-size 10
                  tandem product top --currency USD
                """)

        @Option(help: ArgumentHelp("By revenue in this currency, like USD.", valueName: "code"))
        var currency: String?
        @OptionGroup var paging: PagingOptions
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                try await paging.show(
                    options, name: "sales", columns: ProductSales.columns, cells: \.cells,
                    json: \.json
                ) { size, cursor throws(TandemError) in
                    try await client.topProductsPage(
                        byRevenueIn: currency, pageSize: size, after: cursor,
                        options: read.callOptions)
                }
            }
        }
    }
}

extension OrderCommand {
    struct Sales: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List each day's sales, by status and currency.",
            discussion: """
                Days are those of UTC. An order counts for the day when it was placed, and for \
                the status that it has now.

                EXAMPLES
                  tandem order sales --from 2026-01-01 --until 2026-02-01
                  tandem order sales --status cancelled --latest-first
                """)

        @Option(help: "Only orders of this status.") var status: StatusArgument?
        @Option(help: ArgumentHelp("Only this day and later, like 2026-01-31.", valueName: "day"))
        var from: TimeArgument?
        @Option(help: ArgumentHelp("Only days before this one.", valueName: "day"))
        var until: TimeArgument?
        @Flag(help: "The latest day first.") var latestFirst = false
        @OptionGroup var paging: PagingOptions
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                try await paging.show(
                    options, name: "sales", columns: DailySales.columns, cells: \.cells,
                    json: \.json
                ) { size, cursor throws(TandemError) in
                    try await client.dailySalesPage(
                        status: status?.status, from: from?.time, until: until?.time,
                        descending: latestFirst, pageSize: size, after: cursor,
                        options: read.callOptions)
                }
            }
        }
    }
}

extension UserSummary {
    fileprivate var json: JSON {
        [
            "user_id": JSON(userID.rawValue), "order_count": .int64(orderCount),
            "cancelled_count": .int64(cancelledCount),
            "spent": .array(
                spent.map {
                    [
                        "currency": .string($0.currency),
                        "amount_minor": .int64($0.minorUnits),
                    ]
                }),
            "first_order_at": .string(firstOrderAt.isoText),
            "last_order_at": .string(lastOrderAt.isoText),
        ]
    }

    fileprivate var text: SafeText {
        var table = Table([.left, .right])
        table.add(["orders", Int(orderCount).grouped])
        table.add(["cancelled", Int(cancelledCount).grouped])
        for amount in spent { table.add(["spent", amount.description]) }
        table.add(["first order", firstOrderAt.isoText])
        table.add(["last order", lastOrderAt.isoText])
        return "user \(userID)\n\n\(table.text)"
    }
}

extension ProductSales {
    fileprivate static let columns: [(heading: String, alignment: Table.Alignment)] = [
        ("PRODUCT", .right), ("UNITS", .right), ("REVENUE", .right),
    ]

    fileprivate var cells: [String] {
        [productID.description, Int(units).grouped, revenue.description]
    }

    fileprivate var json: JSON {
        [
            "product_id": JSON(productID.rawValue), "units": .int64(units),
            "revenue_minor": .int64(revenue.minorUnits), "currency": .string(revenue.currency),
        ]
    }
}

extension DailySales {
    fileprivate static let columns: [(heading: String, alignment: Table.Alignment)] = [
        ("DAY", .left), ("STATUS", .left), ("ORDERS", .right), ("TOTAL", .right),
        ("REFUNDED", .right),
    ]

    fileprivate var cells: [String] {
        [
            dayText, status.rawValue, Int(orderCount).grouped, total.description,
            refunded.description,
        ]
    }

    fileprivate var json: JSON {
        [
            "day": .string(dayText), "status": .string(status.rawValue),
            "order_count": .int64(orderCount), "total_minor": .int64(total.minorUnits),
            "refunded_minor": .int64(refunded.minorUnits), "currency": .string(total.currency),
        ]
    }

    private var dayText: String { String(day.isoText.prefix { $0 != "T" }) }
}
