
/// An amount in whole minor units (cents) of a currency, never a fraction.
public struct Money: Hashable, Sendable {
    /// Cents, where the currency has them.
    public let minorUnits: Int64
    /// ISO 4217, for example `USD`.
    public let currency: String

    /// Any amount of anything.
    public init(minorUnits: Int64, currency: String) {
        self.minorUnits = minorUnits
        self.currency = currency
    }
}

extension Money: CustomStringConvertible {
    /// For people: `12.34 USD`, with as many decimals as the currency has.
    public var description: String {
        "\(amountText) \(currency)"
    }

    /// The amount alone: `12.34`.
    public var amountText: String {
        let sign = minorUnits < 0 ? "-" : ""
        let digits = String(minorUnits.magnitude)
        let decimalCount = Self.decimalCount(of: currency)
        guard decimalCount > 0 else { return sign + digits }
        let missing = max(decimalCount + 1 - digits.count, 0)
        let padded = String(repeating: "0", count: missing) + digits
        return "\(sign)\(padded.dropLast(decimalCount)).\(padded.suffix(decimalCount))"
    }

    /// Two, but for the exceptions of ISO 4217's list (2024).
    private static func decimalCount(of currency: String) -> Int {
        switch currency {
        case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
            "VND", "VUV", "XAF", "XOF", "XPF":
            0
        case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND": 3
        case "CLF", "UYW": 4
        default: 2
        }
    }
}
