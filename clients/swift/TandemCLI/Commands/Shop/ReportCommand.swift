import ArgumentParser
package import OrdersClient
import TandemClient

/// `tandem report`
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Read everything over the query port and add it up.",
        discussion: """
            Reads all users and products, and all orders of each user. Good for proving that what \
            went in through the command port comes out of the query port.

            EXAMPLES
              tandem report
              tandem report --json
            """)

    @OptionGroup var options: GlobalOptions

    /// So many users' orders are read at once.
    private static let readerCount = 8

    func run() async throws {
        try await options.withClient { client in
            let products = try await count(client.products())
            var users: [UserID] = []
            for try await user in client.users() { users.append(user.id) }
            let totals = try await totals(of: users, client)
            let json: JSON = [
                "orders": JSON(totals.orders), "lines": JSON(totals.lines),
                "users": JSON(users.count), "products": JSON(products),
                "total_minor": .int64(totals.totalMinor),
            ]
            options.show(json, text(totals, userCount: users.count, productCount: products))
        }
    }

    private func count(_ products: PagedSequence<Product>) async throws(TandemError) -> Int {
        var count = 0
        for try await _ in products { count += 1 }
        return count
    }

    private func totals(of users: [UserID], _ client: TandemClient) async throws -> OrderTotals {
        try await withThrowingTaskGroup(of: OrderTotals.self) { group in
            for first in 0..<min(Self.readerCount, users.count) {
                group.addTask {
                    var totals = OrderTotals()
                    for index in stride(from: first, to: users.count, by: Self.readerCount) {
                        for try await order in client.orders(of: users[index], pageSize: 500) {
                            try totals.add(order)
                        }
                    }
                    return totals
                }
            }
            var totals = OrderTotals()
            for try await part in group { try totals.add(part) }
            return totals
        }
    }

    private func text(_ totals: OrderTotals, userCount: Int, productCount: Int) -> SafeText {
        var table = Table([.left, .right])
        table.add(["products", productCount.grouped])
        table.add(["users", userCount.grouped])
        table.add(["orders", totals.orders.grouped])
        table.add(["lines", totals.lines.grouped])
        table.add(["sum of all totals, minor units", totals.totalMinor.grouped])
        return table.text
    }
}

/// Orders, added up.
package struct OrderTotals: Hashable, Sendable {
    package private(set) var orders = 0
    package private(set) var lines = 0
    /// Currencies are not told apart: a shop has one.
    package private(set) var totalMinor: Int64 = 0

    package init() {}

    package mutating func add(_ order: Order) throws(UsageFailure) {
        orders += 1
        lines += order.items.count
        try add(minor: order.total.minorUnits)
    }

    package mutating func add(_ other: OrderTotals) throws(UsageFailure) {
        orders += other.orders
        lines += other.lines
        try add(minor: other.totalMinor)
    }

    private mutating func add(minor amount: Int64) throws(UsageFailure) {
        let (sum, isOverflow) = totalMinor.addingReportingOverflow(amount)
        guard !isOverflow else {
            throw UsageFailure("The sum of all totals does not fit into 64 bits.")
        }
        totalMinor = sum
    }
}
