package import ArgumentParser
package import OrdersClient
import TandemClient
import TandemCore

extension OrderCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List orders, newest first.",
            discussion: """
                All orders, or with --user or --email those of one user. With --min-total or \
                --max-total they come by their totals, the greatest first.

                EXAMPLES
                  tandem order list --user 1
                  tandem order list --user 1 --status placed --all --json
                  tandem order list --email ada@example.com
                  tandem order list --status shipped --from 2026-01-01 --until 2026-02-01
                  tandem order list --min-total 10000 --page-size 10
                """)

        @OptionGroup var choice: OrderChoice
        @OptionGroup var paging: PagingOptions
        @OptionGroup var read: ReadOptions
        @OptionGroup var options: GlobalOptions

        func run() async throws {
            try await options.withClient { client in
                try await paging.show(
                    options, name: "orders", columns: Order.columns, cells: \.cells, json: \.json
                ) { size, cursor throws(TandemError) in
                    if let user = choice.user {
                        try await client.ordersPage(
                            of: user, status: choice.status?.status, pageSize: size,
                            after: cursor, options: read.callOptions)
                    } else if let email = choice.email {
                        try await client.ordersPage(
                            ofEmail: email, pageSize: size, after: cursor,
                            options: read.callOptions)
                    } else {
                        try await client.ordersPage(
                            choice.filter, ascending: choice.isAscending, pageSize: size,
                            after: cursor, options: read.callOptions)
                    }
                }
            }
        }
    }
}

/// Which orders to list.
package struct OrderChoice: ParsableArguments {
    @Option(help: "Only orders of the user with this id, a whole number from 1.")
    package var user: UserID?
    @Option(help: "Only orders of the user who has this address; the case of A to Z doesn't count.")
    package var email: String?
    @Option(help: "Only orders of this status.") package var status: StatusArgument?
    @Option(
        help: ArgumentHelp(
            "Only orders placed then or later: a day or a time in UTC, like 2026-01-31 or "
                + "2026-01-31T12:00:00Z.",
            valueName: "time"))
    package var from: TimeArgument?
    @Option(help: ArgumentHelp("Only orders placed before then.", valueName: "time"))
    package var until: TimeArgument?
    @Option(
        help: ArgumentHelp(
            "Only orders of at least this total in minor units, whatever the currency: 450 is "
                + "4.50 USD.",
            valueName: "amount"))
    package var minTotal: Int64?
    @Option(
        help: ArgumentHelp(
            "Only orders of at most this total in minor units.", valueName: "amount"))
    package var maxTotal: Int64?
    @Flag(help: "The oldest first.") package var oldestFirst = false
    @Flag(help: "With --min-total or --max-total: the smallest total first.")
    package var smallestFirst = false

    package init() {}

    package func validate() throws {
        if email != nil,
            user != nil || status != nil || from != nil || until != nil || hasTotals || isAscending
        {
            throw ValidationError(
                "The orders of an --email are listed newest first, all of them; leave the other "
                    + "options out, or take --user.")
        }
        if user != nil, from != nil || until != nil || hasTotals || isAscending {
            throw ValidationError(
                "A user's orders are listed newest first, perhaps of one --status; leave --user "
                    + "or the other options out.")
        }
        // As the server would say, in the words of this command.
        if hasTotals, status != nil || from != nil || until != nil {
            throw ValidationError(
                "No index has both totals and times or statuses: leave --min-total and "
                    + "--max-total out, or all of --status, --from and --until.")
        }
        if hasTotals, oldestFirst {
            throw ValidationError(
                "With --min-total or --max-total orders come by their totals, the greatest first: "
                    + "leave --oldest-first out, or take --smallest-first.")
        }
        if smallestFirst, !hasTotals {
            throw ValidationError(
                "--smallest-first goes with --min-total or --max-total; --min-total 0 is all "
                    + "orders.")
        }
    }

    private var hasTotals: Bool { minTotal != nil || maxTotal != nil }

    /// What to ask the server for, but for a user's orders.
    package var filter: OrderFilter {
        guard hasTotals else {
            return .created(status: status?.status, from: from?.time, until: until?.time)
        }
        // The end is not part of the range; behind the greatest number there is none.
        let end = maxTotal.flatMap { $0 < .max ? $0 + 1 : nil }
        return .total(from: minTotal, until: end)
    }

    package var isAscending: Bool { oldestFirst || smallestFirst }
}
