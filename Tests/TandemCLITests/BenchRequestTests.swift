import OrdersClient
import OrdersMessages
import SwiftProtobuf
import TandemCLI
import TandemClient
import TandemCore
import Testing
import Transport

/// What a benchmark sends.
@Suite struct BenchRequestTests {
    private func product(_ id: ProductID, _ currency: String) -> Product {
        Product(
            .with {
                $0.productID = id.rawValue
                $0.name = "P"
                $0.priceMinor = 100
                $0.currency = currency
            })
    }

    private var catalogue: ShopCatalogue {
        var catalogue = ShopCatalogue()
        catalogue.orders = .range(10...20)
        catalogue.users = .list([3, 5])
        catalogue.products = [product(1, "USD"), product(2, "USD"), product(3, "EUR")]
        return catalogue
    }

    private func plan(_ mix: RequestMix, count: Int = 400) throws -> LoadPlan {
        var generator = RepeatableGenerator()
        return try ShopPlan(mix: mix, catalogue: catalogue, pageSize: 7)
            .plan(count: count, using: &generator)
    }

    private func message<Decoded: Message>(_ request: LoadRequest) throws -> Decoded {
        try request.body.message(Decoded.self, key: nil)
    }

    @Test(arguments: ["get=90,list=9,place=1", "place=1", "get=2,list=0"])
    func `a mix is read as it is written`(text: String) throws {
        let mix = try #require(RequestMix(argument: text))
        #expect(text.hasPrefix(mix.defaultValueDescription))
        #expect(!mix.kinds.isEmpty)
    }

    @Test(arguments: [
        "", "get", "get=", "get=-1", "get=0", "get=1,", "get=1,get=2", "put=1", "get=1=2",
        "get=99999",
    ])
    func `what is no mix is refused`(text: String) {
        #expect(RequestMix(argument: text) == nil)
    }

    @Test func `kinds come as often as the mix says, and the same in every run`() throws {
        let mix = try #require(RequestMix(argument: "get=8,list=2"))
        var (first, second) = (RepeatableGenerator(), RepeatableGenerator())
        let kinds = (0..<10_000).map { _ in mix.next(using: &first) }
        #expect(kinds == (0..<10_000).map { _ in mix.next(using: &second) })
        // The same numbers in every run, so this is no matter of luck.
        #expect((7_800...8_200).contains(kinds.count { $0 == .get }))
        #expect(!kinds.contains(.place))
    }

    @Test func `orders and users are asked for by the ids that there are`() throws {
        let gets: [Tandem_Orders_V1_GetOrderRequest] = try plan(.only(.get)).requests.map(message)
        #expect(Set(gets.map(\.orderID)) == Set(10...20))
        let list = try plan(.only(.list))
        let lists: [Tandem_Orders_V1_ListUserOrdersRequest] = try list.requests.map(message)
        #expect(Set(lists.map(\.userID)) == [3, 5])
        #expect(lists.allSatisfy { $0.pageSize == 7 })
        #expect(list.ports == [.query])
        #expect(list.requests.allSatisfy { $0.answer == .stream && !$0.isKeyed })
    }

    @Test func `an order has different products of one currency, and is sent under a key`() throws {
        let plan = try plan(.only(.place))
        #expect(plan.ports == [.command])
        #expect(plan.requests.allSatisfy { $0.isKeyed })
        let orders: [Tandem_Orders_V1_PlaceOrderRequest] = try plan.requests.map(message)
        for order in orders {
            let ids = order.lines.map(\.productID)
            #expect(Set(ids).count == ids.count && !ids.isEmpty)
            #expect(order.currency == "EUR" ? ids == [3] : Set(ids).isSubset(of: [1, 2]))
            #expect([3, 5].contains(order.userID))
            #expect(order.lines.allSatisfy { (1...3).contains($0.quantity) })
        }
        #expect(Set(orders.map(\.lines.count)) == [1, 2])
    }

    @Test func `a mix of reads and writes goes to both ports`() throws {
        let plan = try plan(.usual)
        #expect(plan.ports == [.command, .query])
        #expect(plan.kinds == ["get", "list", "place"])
        #expect(plan.requests.allSatisfy { ($0.port == .command) == ($0.kind == 2) })
    }

    // MARK: - Files

    private func file(_ text: String) throws -> RequestFile {
        try RequestFile(Array(text.utf8), of: "r.ndjson")
    }

    @Test func `a file has a request a line, and lines without one are passed over`() throws {
        let file = try file("{\"userId\": \"1\"}\n\n \t\r\n{}\r\n{\"a\": [1]}")
        #expect(file.requests == ["{\"userId\": \"1\"}", "{}\r", "{\"a\": [1]}"])
    }

    @Test(arguments: [
        ("{}\n\n{\"a\":", 3), ("[1]", 1), ("{}\n1", 2), ("{} {}", 1), ("\n\u{FEFF}x", 2),
    ])
    func `a line that is no request is told by its number`(text: String, line: Int) {
        let failure = #expect(throws: UsageFailure.self) { try file(text) }
        #expect(failure?.message.hasPrefix("r.ndjson:\(line): ") == true)
    }

    @Test(arguments: ["", "\n\n", " \r\n"])
    func `a file without requests is refused`(text: String) {
        let failure = #expect(throws: UsageFailure.self) { try file(text) }
        #expect(failure?.message.hasPrefix("r.ndjson has no requests") == true)
    }

    @Test func `bytes that are no text are told by their line, too`() {
        let failure = #expect(throws: UsageFailure.self) {
            try RequestFile(Array("{}\n".utf8) + [0xFF], of: "r")
        }
        #expect(failure?.message.hasPrefix("r:2: this is not UTF-8") == true)
    }
}
