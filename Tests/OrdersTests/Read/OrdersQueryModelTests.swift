import OrdersMessages
import SwiftProtobuf
import TandemCore
import TandemDomain
import TestSupport
import Testing

/// Every query of the shop equals a filter and a sort of all that there is.
struct OrdersQueryModelTests {
    private static let moments: [Int64] = [
        .min, -1_000_000, -1, 0, 1, 1_700_000_000_000_000, .max,
    ]
    private static let totals: [Int64] = [0, 1, 99, 100, 255, 256, 70_000, 1_000_000_000_000]
    private static let names = [
        "T", "Tea", "Tea, green", "Teacup", "tea", "Zoë's", "Zo", "É",
        String(repeating: "long ", count: 8) + "a", String(repeating: "long ", count: 8) + "b",
    ]
    private static let starts = [
        "T", "Tea", "Tea,", "tea", "Zo", "Zoë", "É", "\u{C4}", "x", "long ",
        String(repeating: "long ", count: 6) + "lo",
    ]
    private static let statuses: [Tandem_Orders_V1_OrderStatus] = [
        .placed, .paid, .shipped, .delivered, .cancelled, .refunded,
    ]
    private static let orderCount: UInt64 = 120

    private let side = ReadSide()
    private let model: FoldedLog

    init() throws {
        var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))
        for id: UInt64 in 1...20 {
            try side.register(id, email: Self.address(of: id, using: &generator))
            try side.add(product: id * 1_000 % 37, name: Self.names.random(using: &generator))
        }
        try side.catchUp()
        for id in (1...Self.orderCount).shuffled(using: &generator) {
            try side.place(
                Self.orderID(id), user: .random(in: 1...20, using: &generator),
                at: Self.moments.random(using: &generator), products: [1_000 % 37],
                priceMinor: Self.totals.random(using: &generator))
        }
        try side.catchUp()
        for id in 1...Self.orderCount {
            try Self.advance(Self.orderID(id), side, using: &generator)
        }
        for id: UInt64 in [3, 9, 14] {
            try side.changeEmail(
                id, to: Self.address(of: id + 100, using: &generator))
        }
        try side.catchUp()
        model = try FoldedLog(side.log)
    }

    /// Ids that don't order as they were given.
    private static func orderID(_ number: UInt64) -> UInt64 {
        (number &* 0x9E37_79B9_7F4A_7C15) >> 1
    }

    /// As somebody may write it; another's is another, whatever the case.
    private static func address(
        of id: UInt64, using generator: inout SeededGenerator
    ) -> String {
        String(
            "user-\(id)@example.org".map { letter in
                Bool.random(using: &generator) ? Character(letter.uppercased()) : letter
            }) + (id.isMultiple(of: 3) ? "é" : "")
    }

    private static func advance(
        _ id: UInt64, _ side: ReadSide, using generator: inout SeededGenerator
    ) throws {
        let step = Int.random(in: 0...5, using: &generator)
        if step == 4 { return try side.cancel(id) }
        if step == 5 { return try side.refund(id, 0, isWhole: true) }
        if step > 0 { try side.pay(id) }
        if step > 1 { try side.ship(id) }
        if step > 2 { try side.deliver(id) }
    }

    /// All that a listing answers, page by page.
    private func list<Request: PageRequest, Item: Message>(
        _ method: String, _ request: Request, of item: Item.Type = Item.self
    ) throws -> [Item] {
        try side.list(method, request, of: Item.self)
    }

    // MARK: - Orders

    @Test func `a list of orders equals a filter and a sort, in pages of any size`() throws {
        var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))
        for _ in 0..<120 {
            let request = Self.request(using: &generator)
            let found: [Tandem_Orders_V1_Order] = try list("ListOrders", request)
            #expect(found == expected(request), "\(request.textFormatString())")
        }
    }

    private static func request(
        using generator: inout SeededGenerator
    ) -> Tandem_Orders_V1_ListOrdersRequest {
        .with { request in
            func maybe(_ set: () -> Void) { if Bool.random(using: &generator) { set() } }
            if Bool.random(using: &generator) {
                maybe { request.status = statuses.random(using: &generator) }
                maybe { request.fromCreatedAtUs = moments.random(using: &generator) }
                maybe { request.endCreatedAtUs = moments.random(using: &generator) }
            } else {
                maybe { request.fromTotalMinor = totals.random(using: &generator) }
                maybe { request.endTotalMinor = totals.random(using: &generator) }
            }
            request.ascending = Bool.random(using: &generator)
            request.pageSize = ([0, 7, 50, 1_000] as [UInt32]).random(using: &generator)
        }
    }

    private func expected(
        _ request: Tandem_Orders_V1_ListOrdersRequest
    ) -> [Tandem_Orders_V1_Order] {
        let isByTotal = request.hasFromTotalMinor || request.hasEndTotalMinor
        let found = model.orders.values.filter {
            (!request.hasStatus || $0.status == request.status)
                && (!request.hasFromCreatedAtUs || $0.createdAtUs >= request.fromCreatedAtUs)
                && (!request.hasEndCreatedAtUs || $0.createdAtUs < request.endCreatedAtUs)
                && (!request.hasFromTotalMinor || $0.totalMinor >= request.fromTotalMinor)
                && (!request.hasEndTotalMinor || $0.totalMinor < request.endTotalMinor)
        }.sorted {
            isByTotal
                ? ($0.totalMinor, $0.orderID) > ($1.totalMinor, $1.orderID)
                : ($0.createdAtUs, $0.orderID) > ($1.createdAtUs, $1.orderID)
        }
        return request.ascending ? found.reversed() : found
    }

    @Test(arguments: [false, true])
    func `no order was placed before the first moment that there is`(ascending: Bool) throws {
        let found: [Tandem_Orders_V1_Order] = try list(
            "ListOrders",
            Tandem_Orders_V1_ListOrdersRequest.with {
                $0.endCreatedAtUs = .min
                $0.ascending = ascending
            })
        #expect(found.isEmpty)
    }

    @Test func `a range of totals goes with no status and no range of times`() throws {
        typealias Request = Tandem_Orders_V1_ListOrdersRequest
        for (total, setTotal) in [
            ("from_total_minor", { (request: inout Request) in request.fromTotalMinor = 0 }),
            ("end_total_minor", { (request: inout Request) in request.endTotalMinor = 0 }),
        ] {
            for (other, setOther) in [
                ("status", { (request: inout Request) in request.status = .paid }),
                ("from_created_at_us", { (request: inout Request) in request.fromCreatedAtUs = 0 }),
                ("end_created_at_us", { (request: inout Request) in request.endCreatedAtUs = 0 }),
            ] {
                let rejection = #expect(throws: Rejection.self) {
                    try ReadSide.plan(
                        "ListOrders",
                        Request.with {
                            setTotal(&$0)
                            setOther(&$0)
                        })
                }
                #expect(rejection?.reason == "CONFLICTING_FILTERS")
                #expect(rejection?.code == .invalidArgument)
                #expect(rejection?.message.contains("\(total) and \(other)") == true)
                #expect(rejection?.metadata == ["field": total, "conflicts_with": other])
            }
        }
    }

    @Test func `a list of orders of no status there is is refused`() {
        let rejection = #expect(throws: Rejection.self) {
            try ReadSide.plan(
                "ListOrders", Tandem_Orders_V1_ListOrdersRequest.with { $0.status = .unspecified })
        }
        #expect(rejection?.reason == "UNKNOWN_STATUS")
    }

    @Test func `orders asked for by ids come in that order, without those that there aren't`()
        throws
    {
        var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))
        // Sorted, so that the same seed chooses the same.
        let present = model.orders.keys.sorted()
        for count in [0, 1, 10, 200] {
            let ids = (0..<count).map { _ in
                Bool.random(using: &generator)
                    ? UInt64.random(in: 1...UInt64(Int64.max), using: &generator)
                    : present.random(using: &generator)
            }
            let found = try side.ask(
                "GetOrders", Tandem_Orders_V1_GetOrdersRequest.with { $0.orderIds = ids },
                of: Tandem_Orders_V1_Order.self)
            #expect(found.messages == ids.compactMap { model.orders[$0] })
        }
    }

    @Test func `a thousand of the longest ids can be asked for, and no more`() throws {
        let ids = [UInt64](repeating: UInt64(Int64.max), count: 1_000)
        let request = Tandem_Orders_V1_GetOrdersRequest.with { $0.orderIds = ids }
        _ = try ReadSide.plan("GetOrders", request)
        let bytes: [UInt8] = try request.serializedBytes()
        let query = ReadSide.domain.queries.first { $0.method == Orders.getOrders.name }
        #expect(bytes.count <= query?.requestByteCountMax ?? 0)
        let tooMany = #expect(throws: Rejection.self) {
            try ReadSide.plan(
                "GetOrders", Tandem_Orders_V1_GetOrdersRequest.with { $0.orderIds = ids + [1] })
        }
        #expect(tooMany?.reason == "TOO_MANY_KEYS")
        let rejection = #expect(throws: Rejection.self) {
            try ReadSide.plan(
                "GetOrders", Tandem_Orders_V1_GetOrdersRequest.with { $0.orderIds = [1, 0] })
        }
        #expect(rejection?.metadata["field"] == "order_ids[1]")
    }

    // MARK: - Users and products

    @Test func `a user is found by any spelling of the present address, and by no other`() throws {
        var generator = SeededGenerator(seed: .random(in: 0...UInt64.max))
        for id in UInt64(1)...120 {
            let email = Self.address(of: id, using: &generator)
            let found = try side.ask(
                "FindUserByEmail",
                Tandem_Orders_V1_FindUserByEmailRequest.with { $0.email = email },
                of: Tandem_Orders_V1_User.self)
            let expected = model.users.values.filter { $0.email.lowercased() == email.lowercased() }
            #expect(found.messages == expected, "\(email)")
        }
    }

    @Test func `the case of other letters than ASCII tells addresses apart`() throws {
        for (email, count) in [("USER-6@EXAMPLE.ORGé", 1), ("user-6@example.orgÉ", 0)] {
            let found = try side.ask(
                "FindUserByEmail",
                Tandem_Orders_V1_FindUserByEmailRequest.with { $0.email = email },
                of: Tandem_Orders_V1_User.self)
            #expect(found.messages.count == count)
        }
        let rejection = #expect(throws: Rejection.self) {
            try ReadSide.plan("FindUserByEmail", Tandem_Orders_V1_FindUserByEmailRequest())
        }
        #expect(rejection?.reason == "INVALID_EMAIL")
    }

    @Test func `products of a name's beginning come by name, and all of them by id`() throws {
        for start in Self.starts + [""] {
            let found: [Tandem_Orders_V1_Product] = try list(
                "ListProducts",
                Tandem_Orders_V1_ListProductsRequest.with {
                    $0.nameStart = start
                    $0.pageSize = 3
                })
            let byID = model.products.values.filter { $0.name.utf8.starts(with: start.utf8) }
                .sorted { $0.productID < $1.productID }
            // A stable sort, so that names of the same 32 bytes stay ordered by id.
            let byName = byID.enumerated().sorted { left, right in
                let (a, b) = (left.element.name.utf8.prefix(32), right.element.name.utf8.prefix(32))
                return a.elementsEqual(b)
                    ? left.offset < right.offset : a.lexicographicallyPrecedes(b)
            }.map(\.element)
            #expect(found == (start.isEmpty ? byID : byName), "\(start)")
        }
        let rejection = #expect(throws: Rejection.self) {
            try ReadSide.plan(
                "ListProducts",
                Tandem_Orders_V1_ListProductsRequest.with {
                    $0.nameStart = String(repeating: "a", count: 33)
                })
        }
        #expect(rejection?.reason == "TEXT_TOO_LONG")
    }
}

extension Array {
    /// One of them; the arrays of these tests aren't empty.
    fileprivate func random(using generator: inout SeededGenerator) -> Element {
        self[Int.random(in: indices, using: &generator)]
    }
}
