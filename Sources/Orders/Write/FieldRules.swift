import Tandem

/// What the fields of the commands' requests may hold, as orders.proto says. Pure.
enum FieldRules {
    static let priceMinor: ClosedRange<Int64> = 0...1_000_000_000_000
    static let quantity: ClosedRange<UInt32> = 0...1_000_000
    static let stock: ClosedRange<Int64> = 0...1_000_000_000_000
    static let lineCount = 1...1_000
    /// What the items of an order cost together: no sum of theirs overflows.
    static let totalMinor = 0...Int64(lineCount.upperBound) * priceMinor.upperBound
    /// 1970 to the end of 9999.
    static let createdAt: ClosedRange<Int64> = 0...253_402_300_799_999_999

    static func email(_ value: String) throws(Rejection) -> ExactText {
        let email = try Check.word(value, byteCount: 3...254, "email", or: "INVALID_EMAIL")
        let (bytes, at) = (value.utf8, UInt8(ascii: "@"))
        guard bytes.count(where: { $0 == at }) == 1, bytes.first != at, bytes.last != at else {
            throw Rejection(
                .invalidArgument, reason: "INVALID_EMAIL",
                message: "email must have one @ inside, which \"\(value)\" has not",
                metadata: ["field": "email", "value": value])
        }
        return email
    }

    static func name(_ value: String) throws(Rejection) -> ExactText {
        try Check.line(value, byteCount: 1...200, "name", or: "INVALID_NAME")
    }

    /// Why something was done, if anybody says.
    static func reason(_ value: String) throws(Rejection) -> String {
        try Check.line(value, byteCount: 0...200, "reason", or: "INVALID_REASON").value
    }

    /// Three capital letters, as ISO 4217 has them; which of them exist is not ours to know.
    static func currency(_ value: String) throws(Rejection) -> String {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        guard value.utf8.count == 3, value.utf8.allSatisfy(letters.contains) else {
            // By scalars: one character can be a megabyte of accents, and this is kept for a day.
            // And in ASCII: it is anything, and gets printed.
            let told = value.unicodeScalars.prefix(16).map { $0.escaped(asASCII: true) }.joined()
            throw Rejection(
                .invalidArgument, reason: "INVALID_CURRENCY",
                message: """
                    currency must be three capital letters like USD (ISO 4217), \
                    not "\(told)"
                    """,
                metadata: ["field": "currency", "value": told])
        }
        return value
    }

    static func price(
        _ value: Int64, _ field: @autoclosure () -> String
    ) throws(Rejection) -> Int64 {
        try Check.number(value, in: priceMinor, field(), or: "PRICE_OUT_OF_RANGE")
    }

    /// What a line of so many units costs.
    static func linePrice(
        _ unitMinor: Int64, times quantity: UInt32, told: @autoclosure () -> String,
        _ field: @autoclosure () -> String
    ) throws(Rejection) -> Int64 {
        let (price, isTooLarge) = unitMinor.multipliedReportingOverflow(by: Int64(quantity))
        guard !isTooLarge, priceMinor.contains(price) else {
            throw .outOfRange(
                "PRICE_OUT_OF_RANGE", field(), isTooLarge ? .max : price, priceMinor, told: told())
        }
        return price
    }
}
