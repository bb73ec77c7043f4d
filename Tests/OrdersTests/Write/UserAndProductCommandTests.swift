import OrdersMessages
import SwiftProtobuf
import TandemCore
import TandemDomain
import Testing
import WriteStore

@testable import Orders

@Suite struct UserAndProductCommandTests {
    @Test(arguments: [0, 1 << 63, UInt64.max])
    func `an id that SQLite can't keep is refused`(id: UInt64) throws {
        let shop = try OrdersHarness()
        let refused = [
            try shop.rejection("RegisterUser", Requests.user(id, "a@x")),
            try shop.rejection("ChangeUserEmail", Requests.email(id, "a@x")),
            try shop.rejection("RenameUser", Requests.rename(id, "Ann")),
            try shop.rejection("AddProduct", Requests.product(id)),
            try shop.rejection("ChangeProductPrice", Requests.price(id, 1)),
            try shop.rejection("PayOrder", Requests.pay(id)),
            try shop.rejection("CancelOrder", Requests.cancel(id)),
        ]
        #expect(refused.map { $0?.reason } == Array(repeating: "INVALID_ID", count: 7))
        #expect(refused[0]?.metadata["value"] == "\(id)")
        #expect(refused[0]?.metadata["max"] == "9223372036854775807")
    }

    @Test func `an address that differs in case only is taken`() throws {
        let shop = try OrdersHarness()
        _ = try shop.send("RegisterUser", Requests.user(1, "ann@example.com"))
        _ = try shop.send("RegisterUser", Requests.user(2, "bob@example.com"))
        let again = try shop.rejection("RegisterUser", Requests.user(3, "ANN@example.com"))
        #expect(again?.reason == "DUPLICATE_EMAIL")
        #expect(again?.code == .alreadyExists)
        let changed = try shop.rejection("ChangeUserEmail", Requests.email(2, "Ann@Example.com"))
        #expect(changed?.reason == "DUPLICATE_EMAIL")
        #expect(try shop.log().count == 2)
    }

    @Test func `a taken id is named as such, even with a taken address`() throws {
        let shop = try OrdersHarness()
        _ = try shop.send("RegisterUser", Requests.user(1, "ann@example.com"))
        let both = try shop.rejection("RegisterUser", Requests.user(1, "ann@example.com"))
        #expect(both?.reason == "USER_EXISTS")
        _ = try shop.send("AddProduct", Requests.product(5))
        let product = try shop.rejection("AddProduct", Requests.product(5))
        #expect(product?.reason == "PRODUCT_EXISTS")
    }

    @Test(arguments: [
        "", "@", "a@", "@b", "ab", "a@b@c", String(repeating: "a", count: 253) + "@b",
    ])
    func `an address without one @ inside, or too long, is refused`(email: String) throws {
        let shop = try OrdersHarness()
        let refused = try shop.rejection("RegisterUser", Requests.user(1, email))
        #expect(refused?.reason == "INVALID_EMAIL")
        #expect(refused?.metadata["field"] == "email")
    }

    @Test func `names have 1 to 200 bytes`() throws {
        let shop = try OrdersHarness()
        for (name, isAllowed) in [
            ("", false), ("é", true), (String(repeating: "a", count: 200), true),
            (String(repeating: "é", count: 100) + "a", false),
        ] {
            let request = Requests.user("u\(name.utf8.count)@x", name: name)
            let reason = try shop.rejection("RegisterUser", request)?.reason
            #expect(reason == (isAllowed ? nil : "INVALID_NAME"), "\(name.utf8.count) bytes")
        }
    }

    @Test func `a change to what is there already makes no event, except of a price`() throws {
        let shop = try OrdersHarness()
        _ = try shop.send("RegisterUser", Requests.user(1, "ann@example.com", name: "Ann"))
        _ = try shop.send("AddProduct", Requests.product(5, 250))
        #expect(
            try shop.send("ChangeUserEmail", Requests.email(1, "ann@example.com")).position
                .rawValue == 2)
        #expect(try shop.send("RenameUser", Requests.rename(1, "Ann")).position.rawValue == 2)
        #expect(
            try shop.send("ChangeProductPrice", Requests.price(5, 250)).position.rawValue == 3)
        // Another case is another address.
        #expect(
            try shop.send("ChangeUserEmail", Requests.email(1, "Ann@example.com")).position
                .rawValue == 4)
        #expect(
            try shop.log().map(\.type) == [
                "UserRegistered", "ProductAdded", "ProductPriceChanged", "UserEmailChanged",
            ])
        #expect(try shop.rows("SELECT email FROM users") == ["Ann@example.com"])
    }

    @Test func `what isn't there can't be changed`() throws {
        let shop = try OrdersHarness()
        let refused = [
            try shop.rejection("ChangeUserEmail", Requests.email(9, "a@x")),
            try shop.rejection("RenameUser", Requests.rename(9, "Ann")),
            try shop.rejection("ChangeProductPrice", Requests.price(9, 1)),
            try shop.rejection("ShipOrder", Requests.ship(9)),
        ]
        #expect(
            refused.map { $0?.reason } == [
                "UNKNOWN_USER", "UNKNOWN_USER", "UNKNOWN_PRODUCT", "UNKNOWN_ORDER",
            ])
        #expect(refused.allSatisfy { $0?.code == .notFound })
        #expect(
            refused.map { $0?.metadata } == [
                ["user_id": "9", "field": "user_id"], ["user_id": "9", "field": "user_id"],
                ["product_id": "9", "field": "product_id"],
                ["order_id": "9", "field": "order_id"],
            ])
    }

    @Test(arguments: [Int64.min, -1, 1_000_000_000_001, .max])
    func `a price outside of its range is refused`(price: Int64) throws {
        let shop = try OrdersHarness()
        let added = try shop.rejection("AddProduct", Requests.product(5, price))
        #expect(added?.reason == "PRICE_OUT_OF_RANGE")
        #expect(
            added?.metadata == [
                "field": "price_minor", "value": "\(price)", "min": "0", "max": "1000000000000",
            ])
        let changed = try shop.rejection("ChangeProductPrice", Requests.price(5, price))
        #expect(changed?.reason == "PRICE_OUT_OF_RANGE")
    }

    @Test(arguments: ["", "US", "USDX", "usd", "U5D", "€"])
    func `a currency is three capital letters`(currency: String) throws {
        let shop = try OrdersHarness()
        let request = Requests.product(5, 1, currency: currency)
        #expect(try shop.rejection("AddProduct", request)?.reason == "INVALID_CURRENCY")
    }

    @Test func `a currency of one endless character is told in a few`() throws {
        let shop = try OrdersHarness()
        let accents = String(repeating: "\u{301}", count: 100_000)
        let request = Requests.product(5, 1, currency: "A" + accents)
        let rejection = try #require(try shop.rejection("AddProduct", request))
        #expect(rejection.message.utf8.count < 300)
        #expect(rejection.metadata.values.allSatisfy { $0.utf8.count < 200 })
        let bell = try shop.rejection(
            "AddProduct", Requests.product(5, 1, currency: "\u{1B}[\u{7}"))
        let told = try #require(bell)
        #expect((told.message + (told.metadata["value"] ?? "")).utf8.allSatisfy { $0 >= 0x20 })
    }

    @Test func `bytes that are no request are refused before the queue`() throws {
        // A field of 127 bytes, of which none follow.
        let bytes: [UInt8] = [0x12, 0x7F]
        for definition in OrdersHarness.domain.commands {
            let rejection = decodingRejection(of: bytes, by: definition)
            #expect(rejection?.reason == "MALFORMED_REQUEST", "\(definition.method)")
        }
    }

    /// What decoding alone says against a request's bytes.
    private func decodingRejection(
        of bytes: [UInt8], by definition: CommandDefinition
    ) -> Rejection? {
        do {
            switch definition.work {
            case .one(let decode): _ = try unsafe bytes.withUnsafeBytes { try unsafe decode($0) }
            case .many(let batch): _ = try batch.parts(bytes)
            }
            return nil
        } catch {
            return error as? Rejection
        }
    }
}
