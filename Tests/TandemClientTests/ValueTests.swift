import OrdersClient
import TandemClient
import Testing

@Suite struct ValueTests {
    @Test(
        arguments: [
            (1_234, "USD", "12.34 USD"), (5, "EUR", "0.05 EUR"), (0, "USD", "0.00 USD"),
            (-5, "USD", "-0.05 USD"), (-123_456, "USD", "-1234.56 USD"), (1_234, "JPY", "1234 JPY"),
            (1, "KWD", "0.001 KWD"), (12_345, "CLF", "1.2345 CLF"),
            (.min, "USD", "-92233720368547758.08 USD"), (.max, "JPY", "9223372036854775807 JPY"),
        ] as [(Int64, String, String)])
    func `money is written with the decimals of its currency`(
        minorUnits: Int64, currency: String, text: String
    ) {
        #expect(Money(minorUnits: minorUnits, currency: currency).description == text)
    }

    @Test(arguments: ["127.0.0.1:7401", "localhost:1", "[::1]:65535", "a.example:443"])
    func `an address is read as it is written`(text: String) {
        #expect(ServerAddress(text)?.description == text)
    }

    @Test(arguments: [
        "", "localhost", ":7401", "localhost:", "localhost:0", "localhost:65536", "::1:7401",
        "localhost:-1", "localhost:+1", "localhost:99999999999999999999", "[]:1",
    ])
    func `what is no address is refused`(text: String) {
        #expect(ServerAddress(text) == nil)
    }

    @Test(arguments: ["0", "-1", "", "x", "9223372036854775808", "18446744073709551616"])
    func `what is no id is refused`(text: String) {
        #expect(OrderID(text) == nil)
    }

    @Test func `the greatest id is read`() {
        #expect(OrderID("9223372036854775807")?.rawValue == UInt64(Int64.max))
    }
}
