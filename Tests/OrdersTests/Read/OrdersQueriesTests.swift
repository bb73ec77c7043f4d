import DocumentStore
import OrdersMessages
import SwiftProtobuf
import TandemCore
import TandemDomain
import Testing

struct OrdersQueriesTests {
    private func side(orderCount: UInt64) throws -> ReadSide {
        let side = ReadSide()
        try side.register(1)
        try side.register(2)
        for id in 1...orderCount {
            // Two share a moment; some lie before 1970; ids and times run against each other.
            try side.place(id, user: 1, at: (Int64(orderCount / 4) - Int64(id / 2)) * 1_000_000)
        }
        try side.place(1_000, user: 2)
        try side.catchUp()
        return side
    }

    private func list(
        _ side: ReadSide, status: Tandem_Orders_V1_OrderStatus? = nil, pageSize: UInt32 = 0,
        cursor: [UInt8] = []
    ) throws -> (messages: [Tandem_Orders_V1_Order], nextCursor: [UInt8]) {
        var request = Tandem_Orders_V1_ListUserOrdersRequest()
        request.userID = 1
        if let status { request.status = status }
        request.pageSize = pageSize
        request.cursor.append(contentsOf: cursor)
        return try side.ask("ListUserOrders", request)
    }

    @Test func `a user's orders come newest first, page by page, each once`() throws {
        let side = try side(orderCount: 50)
        var listed: [Tandem_Orders_V1_Order] = []
        var cursor: [UInt8] = []
        repeat {
            let page = try list(side, pageSize: 7, cursor: cursor)
            #expect(page.messages.count <= 7)
            listed += page.messages
            cursor = page.nextCursor
        } while !cursor.isEmpty
        #expect(listed.count == 50)
        let expected = listed.sorted { ($0.createdAtUs, $0.orderID) > ($1.createdAtUs, $1.orderID) }
        #expect(listed == expected)
        #expect(listed.contains { $0.createdAtUs < 0 } && listed.contains { $0.createdAtUs > 0 })
    }

    @Test func `a page has twenty orders unless asked otherwise`() throws {
        let side = try side(orderCount: 50)
        #expect(try list(side).messages.count == 20)
        #expect(try list(side, pageSize: 1).messages.count == 1)
        #expect(try list(side, pageSize: 1_000).messages.count == 50)
        #expect(try list(side, pageSize: 1_000).nextCursor.isEmpty)
    }

    @Test func `a change of status moves an order to the other list`() throws {
        let side = try side(orderCount: 3)
        try side.pay(2)
        try side.catchUp()
        #expect(try list(side, status: .placed).messages.map(\.orderID).sorted() == [1, 3])
        #expect(try list(side, status: .paid).messages.map(\.orderID) == [2])
        try side.cancel(2)
        try side.catchUp()
        #expect(try list(side, status: .paid).messages.isEmpty)
        #expect(try list(side, status: .cancelled).messages.map(\.orderID) == [2])
        #expect(try list(side).messages.count == 3)
    }

    @Test func `users and products are listed by id`() throws {
        let side = ReadSide()
        for id in [300, 2, 70_000, 1] as [UInt64] {
            try side.register(id)
            try side.add(product: id + 1)
        }
        try side.catchUp()
        let users = try side.ask(
            "ListUsers", Tandem_Orders_V1_ListUsersRequest(), of: Tandem_Orders_V1_User.self)
        #expect(users.messages.map(\.userID) == [1, 2, 300, 70_000])
        let products = try side.ask(
            "ListProducts", Tandem_Orders_V1_ListProductsRequest.with { $0.pageSize = 3 },
            of: Tandem_Orders_V1_Product.self)
        #expect(products.messages.map(\.productID) == [2, 3, 301])
        #expect(!products.nextCursor.isEmpty)
    }

    @Test func `a get asks for one document by its key`() throws {
        let plan = try ReadSide.plan(
            "GetOrder", Tandem_Orders_V1_GetOrderRequest.with { $0.orderID = 5 })
        #expect(plan == .get(collection: 0, key: DocumentKey(5)))
        let user = try ReadSide.plan(
            "GetUser", Tandem_Orders_V1_GetUserRequest.with { $0.userID = 6 })
        #expect(user == .get(collection: 1, key: DocumentKey(6)))
        let product = try ReadSide.plan(
            "GetProduct", Tandem_Orders_V1_GetProductRequest.with { $0.productID = 7 })
        #expect(product == .get(collection: 2, key: DocumentKey(7)))
    }

    @Test func `what can't be asked is rejected with a reason`() throws {
        try expectRejection("INVALID_ID", "GetOrder", Tandem_Orders_V1_GetOrderRequest())
        try expectRejection(
            "INVALID_ID", "GetUser", Tandem_Orders_V1_GetUserRequest.with { $0.userID = 1 << 63 })
        try expectRejection(
            "INVALID_ID", "ListUserOrders", Tandem_Orders_V1_ListUserOrdersRequest())
        try expectRejection(
            "PAGE_SIZE_OUT_OF_RANGE", "ListUsers",
            Tandem_Orders_V1_ListUsersRequest.with { $0.pageSize = 1_001 })
        for status in [Tandem_Orders_V1_OrderStatus.unspecified, .UNRECOGNIZED(7)] {
            try expectRejection(
                "UNKNOWN_STATUS", "ListUserOrders",
                Tandem_Orders_V1_ListUserOrdersRequest.with {
                    $0.userID = 1
                    $0.status = status
                })
        }
    }

    @Test func `a cursor works for its own query only`() throws {
        let side = try side(orderCount: 10)
        let cursor = try list(side, pageSize: 3).nextCursor
        #expect(try list(side, pageSize: 5, cursor: cursor).messages.count == 5)
        for (userID, status) in [(2, nil), (1, .placed)]
            as [(UInt64, Tandem_Orders_V1_OrderStatus?)]
        {
            try expectRejection(
                "INVALID_CURSOR", "ListUserOrders",
                Tandem_Orders_V1_ListUserOrdersRequest.with {
                    $0.userID = userID
                    if let status { $0.status = status }
                    $0.cursor.append(contentsOf: cursor)
                })
        }
        try expectRejection(
            "INVALID_CURSOR", "ListUsers",
            Tandem_Orders_V1_ListUsersRequest.with { $0.cursor.append(contentsOf: cursor) })
    }

    @Test func `a cursor of one direction is none of the other`() {
        func range(descending: Bool) -> IndexRange {
            IndexRange(
                collection: 0, index: 0, prefix: DocumentKey(), descending: descending)
        }
        let cursor = Cursor.bytes(after: DocumentKey(7), of: range(descending: false))
        #expect(Cursor.key(in: cursor, of: range(descending: false)) == DocumentKey(7))
        #expect(Cursor.key(in: cursor, of: range(descending: true)) == nil)
    }

    @Test func `a damaged cursor is rejected`() throws {
        let side = try side(orderCount: 10)
        let cursor = try list(side, pageSize: 3).nextCursor
        for index in cursor.indices {
            var damaged = cursor
            damaged[index] ^= 0x40
            #expect(throws: Rejection.self) { try list(side, cursor: damaged) }
            let cut = Array(cursor[..<index]) + [0]
            #expect(throws: Rejection.self) { try list(side, cursor: cut) }
        }
        #expect(throws: Rejection.self) { try list(side, cursor: cursor + [0]) }
        #expect(throws: Rejection.self) {
            try list(side, cursor: [UInt8](repeating: 1, count: 4_000))
        }
    }

    private func expectRejection(
        _ reason: String, _ method: String, _ request: some Message
    ) throws {
        let rejection = #expect(throws: Rejection.self) { try ReadSide.plan(method, request) }
        #expect(rejection?.reason == reason)
        #expect(rejection?.code == .invalidArgument)
    }
}
