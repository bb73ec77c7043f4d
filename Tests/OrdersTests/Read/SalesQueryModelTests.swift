import DocumentStore
import OrdersMessages
import SwiftProtobuf
import TandemCore
import TandemDomain
import TestSupport
import Testing

/// The queries of totals and the one by e-mail equal a filter and a sort of all that there is.
struct SalesQueryModelTests {
    private static let currencies = ["USD", "EUR", "JPY", "AAA", "ZZZ"]
    private static let dayUs: Int64 = 86_400_000_000
    private static let moments: [Int64] = [
        .min, -dayUs - 1, -dayUs, -1, 0, dayUs - 1, dayUs, 17_167 * dayUs, .max,
    ]

    private let seed = UInt64.random(in: 0...UInt64.max)
    private let side = ReadSide()
    private let model: FoldedLog

    init() throws {
        var generator = SeededGenerator(seed: seed)
        for id: UInt64 in 1...9 { try side.register(id) }
        for id: UInt64 in 1...25 { try side.add(product: id * 7_919 % 40 + 1) }
        for id in (1...400 as ClosedRange<UInt64>).shuffled(using: &generator) {
            try side.place(
                id, user: .random(in: 1...8, using: &generator),
                at: Self.moments.random(using: &generator),
                products: (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                    UInt64.random(in: 1...25, using: &generator) * 7_919 % 40 + 1
                },
                quantity: .random(in: 0...5, using: &generator),
                priceMinor: [0, 1, 100, 255, 256, 1_000_000_000_000].random(using: &generator),
                currency: Self.currencies.random(using: &generator))
            if id.isMultiple(of: 50) { try side.catchUp() }
            if Int.random(in: 0..<40, using: &generator) == 0 {
                // To one that somebody else had, too.
                try side.changeEmail(
                    .random(in: 1...4, using: &generator),
                    to: "New-\(Int.random(in: 1...3, using: &generator))-\(id)@example.org")
            }
        }
        for id in 1...400 as ClosedRange<UInt64> {
            if Bool.random(using: &generator) {
                try side.addItem(9, product: 20, priceMinor: 77, to: id)
                try side.changeQuantity(
                    of: 9, to: .random(in: 0...9, using: &generator), priceMinor: 78, in: id)
                if Bool.random(using: &generator) { try side.removeItem(9, from: id) }
            }
            let step = Int.random(in: 0...4, using: &generator)
            if step == 4 { try side.cancel(id) } else if step > 0 { try side.pay(id) }
            if (2...3).contains(step) { try side.ship(id) }
            if step == 3 { try side.deliver(id) }
            guard (1...3).contains(step), Bool.random(using: &generator) else { continue }
            try side.refund(id, 1, isWhole: false)
            if Bool.random(using: &generator) { try side.refund(id, 41, isWhole: true) }
        }
        // What the users' orders say is rewritten behind the answers.
        for id: UInt64 in 5...6 { try side.changeEmail(id, to: "LAST-\(id)@example.org") }
        try side.catchUp(eventCountMax: 300)
        model = try FoldedLog(side.log)
    }

    private var comment: Comment { "seed \(seed)" }

    @Test func `orders are found by their user's present address, in pages of any size`() throws {
        let addresses = model.users.values.map(\.email) + ["user-5@example.org", "no@example.org"]
        for email in addresses {
            for pageSize in [0, 1, 7, 1_000] as [UInt32] {
                let found: [Tandem_Orders_V1_Order] = try side.list(
                    "ListOrdersByEmail",
                    Tandem_Orders_V1_ListOrdersByEmailRequest.with {
                        $0.email = Bool.random() ? email.uppercased() : email
                        $0.pageSize = pageSize
                    })
                let expected = model.orders.values.filter { $0.userEmail == email }
                    .sorted { ($0.createdAtUs, $0.orderID) > ($1.createdAtUs, $1.orderID) }
                #expect(found == expected, comment)
            }
        }
    }

    @Test func `the best sellers of a currency come by revenue, and all by units`() throws {
        for currency in Self.currencies + ["NON", ""] {
            for pageSize in [0, 3, 1_000] as [UInt32] {
                let found: [Tandem_Orders_V1_ProductSales] = try side.list(
                    "ListTopProducts",
                    Tandem_Orders_V1_ListTopProductsRequest.with {
                        $0.currency = currency
                        $0.pageSize = pageSize
                    })
                let expected = model.productSales
                    .filter { currency.isEmpty || $0.currency == currency }
                    .sorted {
                        currency.isEmpty
                            ? (-$0.units, $0.productID, $0.currency)
                                < (-$1.units, $1.productID, $1.currency)
                            : (-$0.revenueMinor, $0.productID) < (-$1.revenueMinor, $1.productID)
                    }
                #expect(found == expected, comment)
            }
        }
    }

    @Test func `a product's sales come by currency`() throws {
        for product in 1...41 as ClosedRange<UInt64> {
            let found: [Tandem_Orders_V1_ProductSales] = try side.list(
                "ListProductSales",
                Tandem_Orders_V1_ListProductSalesRequest.with {
                    $0.productID = product
                    $0.pageSize = 2
                })
            let expected = model.productSales.filter { $0.productID == product }
                .sorted { $0.currency < $1.currency }
            #expect(found == expected, comment)
        }
    }

    @Test func `the sales of a range of days equal a filter and a sort, both ways`() throws {
        var generator = SeededGenerator(seed: seed)
        let days: [Int32] = [.min, -106_751_992, -2, -1, 0, 1, 17_167, 106_751_991, .max]
        for _ in 0..<150 {
            let request = Tandem_Orders_V1_ListDailySalesRequest.with { request in
                func maybe(_ set: () -> Void) { if Bool.random(using: &generator) { set() } }
                maybe { request.fromDay = days.random(using: &generator) }
                maybe { request.endDay = days.random(using: &generator) }
                maybe {
                    request.status = [.placed, .paid, .shipped, .delivered, .cancelled, .refunded]
                        .random(using: &generator)
                }
                request.descending = Bool.random(using: &generator)
                request.pageSize = ([0, 4, 1_000] as [UInt32]).random(using: &generator)
            }
            let found: [Tandem_Orders_V1_DailySales] = try side.list("ListDailySales", request)
            let expected = model.dailySales.filter {
                (!request.hasFromDay || $0.day >= request.fromDay)
                    && (!request.hasEndDay || $0.day < request.endDay)
                    && (!request.hasStatus || $0.status == request.status)
            }.sorted {
                ($0.day, $0.status.rawValue, $0.currency)
                    < ($1.day, $1.status.rawValue, $1.currency)
            }
            #expect(
                found == (request.descending ? expected.reversed() : expected),
                "seed \(seed): \(request.textFormatString())")
        }
    }

    @Test func `every user's summary is that of their orders, and nobody else has one`() throws {
        for user in 1...10 as ClosedRange<UInt64> {
            #expect(try side.summary(user) == model.userSummaries[user], comment)
        }
        #expect(try side.summary(9) == nil)
    }

    @Test func `what is no currency, status, e-mail or id is refused`() {
        func reason(_ method: String, _ request: some Message) -> String? {
            do { _ = try ReadSide.plan(method, request) } catch {
                return (error as? Rejection)?.reason
            }
            return nil
        }
        #expect(
            reason(
                "ListTopProducts",
                Tandem_Orders_V1_ListTopProductsRequest.with { $0.currency = "usd" })
                == "INVALID_CURRENCY")
        #expect(
            reason(
                "ListDailySales",
                Tandem_Orders_V1_ListDailySalesRequest.with { $0.status = .unspecified })
                == "UNKNOWN_STATUS")
        #expect(
            reason("ListOrdersByEmail", Tandem_Orders_V1_ListOrdersByEmailRequest())
                == "INVALID_EMAIL")
        for (method, request) in [
            ("GetUserSummary", Tandem_Orders_V1_GetUserSummaryRequest() as any Message),
            ("ListProductSales", Tandem_Orders_V1_ListProductSalesRequest()),
        ] { #expect(reason(method, request) == "INVALID_ID") }
    }
}

/// Orders by e-mail, while addresses change hands.
struct OrdersByEmailTests {
    private func ask(
        _ email: String, pageSize: UInt32 = 1_000, cursor: [UInt8] = [], _ side: ReadSide
    ) throws -> (messages: [Tandem_Orders_V1_Order], nextCursor: [UInt8]) {
        try side.ask(
            "ListOrdersByEmail",
            Tandem_Orders_V1_ListOrdersByEmailRequest.with {
                $0.email = email
                $0.pageSize = pageSize
                $0.cursor = .init(cursor)
            })
    }

    @Test func `all of a user's orders have the new address before any of them is rewritten`()
        throws
    {
        let side = ReadSide()
        try side.register(1)
        try side.register(2)
        for id in 1...600 as ClosedRange<UInt64> { try side.place(id, user: 1 + id / 600) }
        try side.catchUp()
        try side.changeEmail(1, to: "New@example.org")
        // And its old one has another owner at once.
        try side.changeEmail(2, to: "USER-1@example.org")
        try side.catchUp()
        let reader = side.store.makeReader()
        reader.pin()
        #expect(reader.overlay != nil, "still being rewritten")
        reader.unpin()
        let orders = try ask("new@example.org", side).messages
        #expect(orders.count == 599)
        #expect(orders.allSatisfy { $0.userEmail == "New@example.org" && $0.userID == 1 })
        #expect(try ask("user-1@example.org", side).messages.map(\.orderID) == [600])
        #expect(try ask("user-2@example.org", side).messages.isEmpty)
    }

    @Test(arguments: [(1, 2), (2, 1)] as [(UInt64, UInt64)])
    func `a page doesn't go on among the orders of whoever has the address by then`(
        first: UInt64, second: UInt64
    ) throws {
        let side = ReadSide()
        try side.register(first, email: "a@x")
        try side.register(second, email: "b@x")
        for id in 1...20 as ClosedRange<UInt64> {
            try side.place(id, user: id % 2 == 0 ? first : second, at: Int64(id))
        }
        try side.catchUp()
        let cursor = try ask("a@x", pageSize: 4, side).nextCursor
        #expect(!cursor.isEmpty)
        try side.changeEmail(first, to: "c@x")
        try side.changeEmail(second, to: "a@x")
        try side.catchUp()
        let rejection = #expect(throws: Rejection.self) { try ask("a@x", cursor: cursor, side) }
        #expect(rejection?.reason == "INVALID_CURSOR")
        #expect(try ask("a@x", side).messages.allSatisfy { $0.userID == second })
        #expect(try ask("c@x", side).messages.count == 10)
    }

    @Test func `the cursor of another address is none`() throws {
        let side = ReadSide()
        try side.register(1)
        for id in 1...3 as ClosedRange<UInt64> { try side.place(id, user: 1) }
        try side.catchUp()
        let cursor = try ask("user-1@example.org", pageSize: 1, side).nextCursor
        #expect(try ask("USER-1@example.org", cursor: cursor, side).messages.count == 2)
        let rejection = #expect(throws: Rejection.self) {
            try ask("user-2@example.org", cursor: cursor, side)
        }
        #expect(rejection?.reason == "INVALID_CURSOR")
    }
}

extension Array {
    /// One of them; the arrays of these tests aren't empty.
    fileprivate func random(using generator: inout SeededGenerator) -> Element {
        self[Int.random(in: indices, using: &generator)]
    }
}
