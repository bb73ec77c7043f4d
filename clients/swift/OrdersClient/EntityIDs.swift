
/// Names a user, a product or an order: positive, below 2^63.
///
/// The server checks the range; 0 is never an id.
public protocol EntityID: RawRepresentable<UInt64>, Hashable, Comparable, Sendable,
    LosslessStringConvertible, ExpressibleByIntegerLiteral
{
    init(rawValue: UInt64)
}

extension EntityID {
    /// Takes any number; the server refuses what is no id.
    public init(integerLiteral value: UInt64) {
        self.init(rawValue: value)
    }

    /// Reads decimal digits that make a valid id.
    public init?(_ description: String) {
        guard let value = UInt64(description), (1...UInt64(Int64.max)).contains(value) else {
            return nil
        }
        self.init(rawValue: value)
    }

    /// Decimal digits.
    public var description: String { String(rawValue) }

    /// By number.
    public static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// Names a user.
public struct UserID: EntityID {
    /// The number.
    public let rawValue: UInt64
    /// Takes any number; the server refuses what is no id.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names a product.
public struct ProductID: EntityID {
    /// The number.
    public let rawValue: UInt64
    /// Takes any number; the server refuses what is no id.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}

/// Names an order.
public struct OrderID: EntityID {
    /// The number.
    public let rawValue: UInt64
    /// Takes any number; the server refuses what is no id.
    public init(rawValue: UInt64) { self.rawValue = rawValue }
}
