import OrdersMessages
import Tandem

/// Which index answers a request to list orders. Pure.
enum OrderSelection {
    /// - Throws: a rejection if no index serves what is asked for.
    static func of(_ request: Tandem_Orders_V1_ListOrdersRequest) throws -> Selection<Order> {
        let selection = try request.totalField == nil ? byCreation(request) : byTotal(request)
        return selection.reversed(request.ascending)
    }

    private static func byCreation(
        _ request: Tandem_Orders_V1_ListOrdersRequest
    ) throws -> Selection<Order> {
        let all =
            request.hasStatus
            ? try Order.byStatus.matching(
                try OrdersQueries.status(request.status))
            : Order.byCreation.all
        return try all.range(
            from: request.hasFromCreatedAtUs ? request.fromCreatedAtUs : nil,
            until: request.hasEndCreatedAtUs ? request.endCreatedAtUs : nil)
    }

    private static func byTotal(
        _ request: Tandem_Orders_V1_ListOrdersRequest
    ) throws -> Selection<Order> {
        // An index orders by one of both. To filter the other's range would make a page cost as
        // much as there are orders that don't fit.
        if let total = request.totalField, let other = request.fieldBesidesTotal {
            throw Rejection.conflict(total, other)
        }
        return try Order.byTotal.range(
            from: request.hasFromTotalMinor ? request.fromTotalMinor : nil,
            until: request.hasEndTotalMinor ? request.endTotalMinor : nil)
    }
}

extension Tandem_Orders_V1_ListOrdersRequest {
    /// The first bound of totals that is given.
    fileprivate var totalField: String? {
        hasFromTotalMinor ? "from_total_minor" : hasEndTotalMinor ? "end_total_minor" : nil
    }

    /// The first field that is given and can't be together with a range of totals.
    fileprivate var fieldBesidesTotal: String? {
        hasStatus ? "status" : hasFromCreatedAtUs ? "from_created_at_us"
            : hasEndCreatedAtUs ? "end_created_at_us" : nil
    }
}

extension Rejection {
    fileprivate static func conflict(_ total: String, _ other: String) -> Rejection {
        Rejection(
            .invalidArgument, reason: "CONFLICTING_FILTERS",
            message: """
                \(total) and \(other) can't be asked for together: no index has both; leave the \
                range of totals out (from_total_minor, end_total_minor), or all of status, \
                from_created_at_us and end_created_at_us
                """,
            metadata: ["field": total, "conflicts_with": other])
    }
}
