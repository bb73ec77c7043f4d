package import OrdersMessages

/// How far an order has come.
public enum OrderStatus: String, CaseIterable, Sendable {
    case placed, paid, shipped, delivered, cancelled, refunded
    /// The server knows a status that this client doesn't.
    case unknown

    package init(_ message: Tandem_Orders_V1_OrderStatus) {
        switch message {
        case .placed: self = .placed
        case .paid: self = .paid
        case .shipped: self = .shipped
        case .delivered: self = .delivered
        case .cancelled: self = .cancelled
        case .refunded: self = .refunded
        case .unspecified, .UNRECOGNIZED: self = .unknown
        }
    }

    package var message: Tandem_Orders_V1_OrderStatus {
        switch self {
        case .placed: .placed
        case .paid: .paid
        case .shipped: .shipped
        case .delivered: .delivered
        case .cancelled: .cancelled
        case .refunded: .refunded
        case .unknown: .unspecified
        }
    }
}
