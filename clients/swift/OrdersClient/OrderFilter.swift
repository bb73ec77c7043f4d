import OrdersMessages
public import TandemCore

/// Which orders to list, and so by what they come: what one of the server's indexes can answer.
public enum OrderFilter: Hashable, Sendable {
    /// Those placed at `from` or later and before `until`, perhaps of one status only; the newest
    /// first.
    case created(status: OrderStatus? = nil, from: Timestamp? = nil, until: Timestamp? = nil)
    /// Those whose total is at least `from` and below `until`, in minor units of whatever
    /// currency; the greatest first.
    case total(from: Int64? = nil, until: Int64? = nil)

    /// All of them, the newest first.
    public static let all = OrderFilter.created()
}

extension OrderFilter {
    func write(to request: inout Tandem_Orders_V1_ListOrdersRequest) {
        switch self {
        case .created(let status, let from, let until):
            if let status { request.status = status.message }
            if let from { request.fromCreatedAtUs = from.microseconds }
            if let until { request.endCreatedAtUs = until.microseconds }
        case .total(let from, let until):
            // Without any bound the request would be one for the newest.
            request.fromTotalMinor = from ?? .min
            if let until { request.endTotalMinor = until }
        }
    }
}
