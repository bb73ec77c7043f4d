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
            throw .invalid("email", "must have one @ inside")
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
            throw .invalid("currency", "must be three capital letters like USD (ISO 4217)")
        }
        return value
    }

    static func price(
        _ value: Int64, _ field: @autoclosure () -> String
    ) throws(Rejection) -> Int64 {
        try Check.number(value, in: priceMinor, field(), or: "PRICE_OUT_OF_RANGE")
    }

    /// What a line costs: its unit price times its quantity, or its own price; both if they agree.
    ///
    /// - Parameter what: whose unit price, for people.
    /// - Returns: `nil` without both.
    static func linePrice(
        unitMinor: Int64?, times quantity: UInt32, own: Int64?,
        what: @autoclosure () -> String, _ field: @autoclosure () -> String
    ) throws(Rejection) -> Int64? {
        guard let unitMinor else { return own }
        let (product, isTooLarge) = unitMinor.multipliedReportingOverflow(by: Int64(quantity))
        let price = isTooLarge ? .max : product
        guard priceMinor.contains(price) else {
            throw .outOfRange(
                "PRICE_OUT_OF_RANGE", field(), price, priceMinor,
                told: "\(what()) times the quantity")
        }
        guard own ?? price == price else {
            throw .invalid(
                field(), "\(field()) is not \(what()) times the quantity: that is \(price)",
                reason: "PRICE_MISMATCH")
        }
        return price
    }
}
