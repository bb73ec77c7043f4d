import OrdersMessages
import SnapshotStore

/// The keys by which order documents are found.
enum OrderKeys {
    /// Of an order in `by_user_created`: user, newest first.
    static func byUser(_ order: Tandem_Orders_V1_Order) -> DocumentKey {
        var key = userPrefix(order.userID)
        appendNewestFirst(order, to: &key)
        return key
    }

    /// Of an order in `by_user_status_created`: user, status, newest first.
    static func byUserAndStatus(_ order: Tandem_Orders_V1_Order) -> DocumentKey {
        var key = userPrefix(order.userID, status: order.status)
        appendNewestFirst(order, to: &key)
        return key
    }

    /// What all orders of a user begin with.
    static func userPrefix(_ userID: UInt64) -> DocumentKey {
        DocumentKey(userID)
    }

    /// What all orders of a user in a status begin with.
    static func userPrefix(
        _ userID: UInt64, status: Tandem_Orders_V1_OrderStatus
    ) -> DocumentKey {
        var key = userPrefix(userID)
        // The statuses are 0 to 5; the reducer makes no others.
        key.append(UInt8(truncatingIfNeeded: status.rawValue))
        return key
    }

    private static func appendNewestFirst(
        _ order: Tandem_Orders_V1_Order, to key: inout DocumentKey
    ) {
        key.append(descending: ascending(order.createdAtUs))
        key.append(descending: order.orderID)
    }

    /// Numbers that order like the signed ones: a log may hold times before 1970.
    private static func ascending(_ value: Int64) -> UInt64 {
        UInt64(bitPattern: value) ^ 1 << 63
    }
}
