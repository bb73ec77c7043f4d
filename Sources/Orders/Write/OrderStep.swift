import OrdersMessages
import Tandem

/// A step of an order's life after it was placed: placed, paid, shipped, delivered; cancelled
/// before it is shipped. Pure.
enum OrderStep: CaseIterable, Sendable {
    case pay, ship, deliver, cancel

    typealias Status = Tandem_Orders_V1_OrderStatus

    /// The statuses that it starts from.
    var origins: [Status] {
        switch self {
        case .pay: [.placed]
        case .ship: [.paid]
        case .deliver: [.shipped]
        case .cancel: [.placed, .paid]
        }
    }

    var destination: Status {
        switch self {
        case .pay: .paid
        case .ship: .shipped
        case .deliver: .delivered
        case .cancel: .cancelled
        }
    }

    /// The status after this step.
    func applied(to status: Status, of orderID: Int64) throws(Rejection) -> Status {
        guard origins.contains(status) else {
            let needed = origins.map(Self.name).joined(separator: " or ")
            throw Rejection(
                .failedPrecondition, reason: "WRONG_ORDER_STATUS",
                message: """
                    order \(orderID) is \(Self.name(of: status)); to be \
                    \(Self.name(of: destination)) it must be \(needed)
                    """,
                metadata: [
                    "order_id": "\(orderID)", "status": Self.name(of: status),
                    "needed": needed,
                ])
        }
        return destination
    }

    private static func name(of status: Status) -> String {
        switch status {
        case .placed: "placed"
        case .paid: "paid"
        case .shipped: "shipped"
        case .delivered: "delivered"
        case .cancelled: "cancelled"
        case .refunded: "refunded"
        case .unspecified, .UNRECOGNIZED: "in no known status"
        }
    }
}
