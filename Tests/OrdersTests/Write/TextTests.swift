import TandemCore
import TandemDomain
import Testing
import WriteStore

@testable import Orders

/// What texts may hold, and when two of them are the same.
@Suite struct TextTests {
    private let composed = "Jos\u{E9}"
    private let decomposed = "Jose\u{301}"

    @Test func `texts that look the same and have other bytes are two`() throws {
        #expect(composed == decomposed, "to Swift's own comparison")
        #expect(ExactText(composed) != ExactText(decomposed))
        #expect(Set([ExactText(composed), ExactText(decomposed)]).count == 2)
        #expect(ExactText(composed) == ExactText(String(composed.unicodeScalars)))
    }

    @Test func `a name or an address in another normal form is a change`() throws {
        let shop = try OrdersHarness()
        _ = try shop.send(
            "RegisterUser", Requests.user(1, "\(composed)@x.org", name: composed))
        #expect(
            try shop.send("RenameUser", Requests.rename(1, decomposed)).position.rawValue == 2)
        #expect(
            try shop.send("ChangeUserEmail", Requests.email(1, "\(decomposed)@x.org")).position
                .rawValue == 3)
        #expect(
            try shop.log().map(\.type) == ["UserRegistered", "UserRenamed", "UserEmailChanged"])
        let stored = try shop.rows("SELECT email, name FROM users")
        #expect(stored.map { Array($0.utf8) } == ["\(decomposed)@x.org|\(decomposed)"].map {
            Array($0.utf8)
        })
        // And two addresses in SQLite as well, but for the case of ASCII letters.
        #expect(
            try shop.rejection("RegisterUser", Requests.user(2, "\(composed)@x.org")) == nil)
        #expect(
            try shop.rejection("RegisterUser", Requests.user(3, "JOSE\u{301}@X.ORG"))?.reason
                == "DUPLICATE_EMAIL")
        #expect(
            try shop.rejection("RegisterUser", Requests.user(4, "JOS\u{C9}@x.org")) == nil,
            "the case of other letters is theirs")
    }

    @Test(arguments: [
        0x00, 0x01, 0x09, 0x0A, 0x0D, 0x1B, 0x20, 0x7F, 0x85, 0x9F, 0xA0, 0x1680, 0x180E, 0x2003,
        0x200B, 0x2028, 0x2029, 0x202F, 0x205F, 0x2060, 0x3000, 0xFEFF,
    ] as [UInt32])
    func `an address holds no white space and no control characters`(value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        let shop = try OrdersHarness()
        for email in ["v\(scalar)@x.org", "\(scalar)v@x.org", "v@x.org\(scalar)"] {
            let refused = try shop.rejection("RegisterUser", Requests.user(1, email))
            #expect(refused?.reason == "INVALID_EMAIL")
            #expect(refused?.metadata["field"] == "email")
            #expect(refused?.metadata["code_point"]?.hasPrefix("U+") == true)
            #expect(refused?.message.unicodeScalars.contains(scalar) == (value == 0x20))
        }
        #expect(
            try shop.rejection("ChangeUserEmail", Requests.email(1, "v\(scalar)@x"))?.reason
                == "INVALID_EMAIL")
    }

    @Test(arguments: [0x00, 0x09, 0x0A, 0x0D, 0x1B, 0x7F, 0x85, 0x9B, 0x2028, 0x2029] as [UInt32])
    func `names and descriptions stand on one line`(value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        let shop = try OrdersHarness()
        let name = "Ann\(scalar)Bo"
        let line = Requests.line(price: 1, description: name)
        let refused = [
            try shop.rejection("RegisterUser", Requests.user(1, "a@x", name: name)),
            try shop.rejection("RenameUser", Requests.rename(1, name)),
            try shop.rejection("AddProduct", Requests.product(1, name: name)),
            try shop.rejection("PlaceOrder", Requests.order([line])),
        ]
        #expect(
            refused.map { $0?.reason } == [
                "INVALID_NAME", "INVALID_NAME", "INVALID_NAME", "INVALID_DESCRIPTION",
            ])
        #expect(refused[0]?.metadata["byte_offset"] == "3")
        #expect(refused[3]?.metadata["field"] == "lines[0].description")
    }

    @Test func `spaces, joiners and the marks of right-to-left writing are a name's own`() throws {
        let shop = try OrdersHarness()
        for (index, name) in [
            " Ada  Lovelace ", "\u{200F}\u{5D0}\u{200E}", "\u{1F469}\u{200D}\u{1F52C}", "a\u{A0}b",
        ].enumerated() {
            let request = Requests.user("u\(index)@x", name: name)
            #expect(try shop.rejection("RegisterUser", request) == nil)
        }
    }

    @Test func `a line break of two code points is found, although it is one character`() {
        #expect(TextRules.firstForbidden(inName: "a\r\nb")?.codePoint == "U+000D")
        #expect(TextRules.firstForbidden(inEmail: "é\r\nb")?.offset == 2)
    }

    /// What makes a total's overflow impossible, so that no reason is needed for it.
    @Test func `the largest order's total fits`() {
        let (total, overflow) = Int64(FieldRules.lineCount.upperBound)
            .multipliedReportingOverflow(by: FieldRules.priceMinor.upperBound)
        #expect(!overflow)
        #expect(total == FieldRules.totalMinor.upperBound)
    }
}
