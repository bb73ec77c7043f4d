import OrdersClient
import OrdersMessages
import SwiftProtobuf
import TandemCLI
import TandemClient
import TandemCore
import Testing

@Suite struct ImportDifferenceTests {
    private func product(_ name: String, _ price: Int64) -> ImportEntity {
        ImportEntity(
            .product(
                NewProduct(id: 1, name: name, price: Money(minorUnits: price, currency: "USD"))),
            file: "products.csv", line: 2, lineLast: 2)
    }

    private func present(_ name: String, _ price: Int64) -> BulkDocument {
        .product(
            Product(
                .with {
                    $0.productID = 1
                    $0.name = name
                    $0.priceMinor = price
                    $0.currency = "USD"
                }))
    }

    @Test func `a changed product is told with its place and both values of each column`() {
        let entity = product("Tea", 450)
        #expect(entity.problem(entity.differences(from: present("Tea", 450))) == nil)
        let problem = entity.problem(entity.differences(from: present("Green tea", 475)))
        #expect(
            problem?.description
                == "products.csv:2: product 1 is on the server already, and differs: "
                + "name is 'Tea' here, 'Green tea' on the server; "
                + "price_minor is 450 here, 475 on the server")
    }

    @Test func `names that only look the same are a difference`() {
        let entity = product("Caf\u{E9}", 450)
        let found = entity.differences(from: present("Cafe\u{301}", 450))
        #expect(found.map(\.what) == ["name"])
        #expect(found.first?.inFile == "'Caf\u{E9}' (4 scalars)")
        #expect(found.first?.onServer == "'Cafe\u{301}' (5 scalars)")
    }

    @Test func `names that only look the same are imported under different keys`() throws {
        let keys = try ["Caf\u{E9}", "Cafe\u{301}"].map { name in
            try product(name, 450).command(tag: 1).key
        }
        #expect(keys[0] != keys[1])
        #expect(try product("Caf\u{E9}", 450).command(tag: 2).key == keys[0])
    }

    @Test func `an order's description is compared by its bytes`() {
        let order = NewOrder(
            id: 1, userID: 2, currency: "USD",
            lines: [.other("Caf\u{E9}", quantity: 1, priceMinorUnits: 5)],
            createdAt: Timestamp(microseconds: 9))
        let entity = ImportEntity(.order(order), file: "o", line: 1, lineLast: 1)
        let document = BulkDocument.order(
            Order(
                .with {
                    $0.orderID = 1
                    $0.userID = 2
                    $0.currency = "USD"
                    $0.createdAtUs = 9
                    $0.items = [
                        .with {
                            $0.productName = "Cafe\u{301}"
                            $0.quantity = 1
                            $0.priceMinor = 5
                        }
                    ]
                }))
        #expect(entity.differences(from: document).map(\.what) == ["description of line 1"])
    }
}
