public import ArgumentParser
public import OrdersClient
public import TandemClient
public import TandemCore

extension ServerAddress: ExpressibleByArgument {
    /// Reads what ``description`` writes.
    public init?(argument: String) { self.init(argument) }
}

extension ClusterID: ExpressibleByArgument {
    /// Reads what ``description`` writes.
    public init?(argument: String) { self.init(argument) }
}

extension UserID: ExpressibleByArgument {
    /// Reads what ``description`` writes.
    public init?(argument: String) { self.init(argument) }
}

extension ProductID: ExpressibleByArgument {
    /// Reads what ``description`` writes.
    public init?(argument: String) { self.init(argument) }
}

extension OrderID: ExpressibleByArgument {
    /// Reads what ``description`` writes.
    public init?(argument: String) { self.init(argument) }
}

/// A command's key as its 32 hexadecimal digits, or written as a UUID.
package struct HexKey: ExpressibleByArgument, Hashable, Sendable {
    package let key: IdempotencyKey

    package init?(argument: String) {
        var digits = Array(argument.utf8)
        if digits.count == 36 {
            // From behind, so that the places before stay what they are.
            for place in [23, 18, 13, 8] where digits.remove(at: place) != UInt8(ascii: "-") {
                return nil
            }
        }
        guard let key = IdempotencyKey(String(decoding: digits, as: UTF8.self)) else { return nil }
        self.key = key
    }
}

/// A consistency token as a command printed it.
package struct TokenArgument: ExpressibleByArgument, Hashable, Sendable {
    package let token: ConsistencyToken

    package init?(argument: String) {
        guard let token = ConsistencyToken(argument) else { return nil }
        self.token = token
    }
}

/// An order's status by its name.
package struct StatusArgument: ExpressibleByArgument, Hashable, Sendable {
    package let status: OrderStatus

    package init?(argument: String) {
        guard let status = OrderStatus(rawValue: argument), status != .unknown else { return nil }
        self.status = status
    }

    package static var allValueStrings: [String] {
        OrderStatus.allCases.filter { $0 != .unknown }.map(\.rawValue)
    }
}

/// A moment: RFC 3339 in UTC, or a day, which stands for its first moment.
package struct TimeArgument: ExpressibleByArgument, Hashable, Sendable {
    package let time: Timestamp

    package init?(argument: String) {
        let isDay = argument.utf8.count == 10
        let text = isDay ? argument + "T00:00:00Z" : argument
        guard let time = Timestamp(isoText: Array(text.utf8)) else { return nil }
        self.time = time
    }
}

/// A page's cursor as the page before printed it: hexadecimal digits.
package struct CursorArgument: ExpressibleByArgument, Hashable, Sendable {
    package let cursor: PageCursor

    package init?(argument: String) {
        var bytes: [UInt8] = []
        var rest = argument.utf8[...]
        guard !rest.isEmpty, rest.count.isMultiple(of: 2) else { return nil }
        while let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit {
            bytes.append(high << 4 | low)
        }
        guard bytes.count * 2 == argument.utf8.count else { return nil }
        cursor = PageCursor(bytes: bytes)
    }

    package static func text(of cursor: PageCursor) -> String { HexText.of(cursor.bytes) }
}

/// One line of an order: `PRODUCT:QUANTITY`, with a unit price `PRODUCT:QUANTITY:PRICE_MINOR`, with
/// one for the whole line `PRODUCT:QUANTITY:=PRICE_MINOR`.
package struct LineArgument: ExpressibleByArgument, Hashable, Sendable {
    package let line: NewOrder.Line

    package init?(argument: String) {
        let parts = argument.utf8.split(
            separator: UInt8(ascii: ":"), omittingEmptySubsequences: false
        )
        .map { String(decoding: $0, as: UTF8.self) }
        guard parts.count == 2 || parts.count == 3, let product = ProductID(parts[0]),
            let quantity = UInt32(parts[1])
        else { return nil }
        guard parts.count == 3 else {
            line = .product(product, quantity: quantity)
            return
        }
        let isWhole = parts[2].hasPrefix("=")
        guard let price = Int64(isWhole ? String(parts[2].dropFirst()) : parts[2]) else {
            return nil
        }
        line = .product(
            product, quantity: quantity, unitPriceMinorUnits: isWhole ? nil : price,
            priceMinorUnits: isWhole ? price : nil)
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    fileprivate var hexDigit: UInt8? {
        switch self {
        case 48...57: self - 48
        case 65...70: self - 55
        case 97...102: self - 87
        default: nil
        }
    }
}
