internal import EventStore
internal import OrdersMessages

/// The statements on orders and their lines.
final class OrderTable {
    private let insertRow: HotStatement
    private let insertItem: HotStatement
    private let selectRow: HotStatement
    private let updateStatus: HotStatement

    struct Row: Equatable {
        let status: Tandem_Orders_V1_OrderStatus
        let totalMinor: Int64
        let currency: String
    }

    init(_ connection: WriteConnection) throws(StorageError) {
        insertRow = try connection.prepare(
            """
            INSERT INTO orders (id, user_id, status, currency, total_minor, created_at, version)
            VALUES (?, ?, ?, ?, ?, ?, 1)
            """)
        insertItem = try connection.prepare(
            """
            INSERT INTO order_items
                (order_id, line, product_id, description, quantity, price_minor)
            VALUES (?, ?, ?, ?, ?, ?)
            """)
        selectRow = try connection.prepare(
            "SELECT status, total_minor, currency FROM orders WHERE id = ?")
        updateStatus = try connection.prepare(
            "UPDATE orders SET status = ?, version = version + 1 WHERE id = ?")
    }

    func row(_ id: Int64) throws(StorageError) -> Row? {
        selectRow.bind(1, id)
        return try selectRow.first { row throws(StorageError) in
            let (status, total) = (try row.int64(at: 0), try row.int64(at: 1))
            let known = Tandem_Orders_V1_OrderStatus.allCases.first { $0.rawValue == status }
            guard let known, known != .unspecified else {
                throw .damagedRow("status is \(status)")
            }
            guard total >= 0 else { throw .damagedRow("total_minor is \(total)") }
            return Row(status: known, totalMinor: total, currency: try row.text(at: 2))
        }
    }

    /// A unique violation if the id is taken, a foreign key violation if the user is unknown.
    func insert(_ order: PricedOrder, id: Int64, createdAt: Int64) throws(StorageError) {
        insertRow.bind(1, id)
        insertRow.bind(2, order.userID)
        insertRow.bind(3, Int64(Tandem_Orders_V1_OrderStatus.placed.rawValue))
        insertRow.bind(4, order.currency)
        insertRow.bind(5, order.totalMinor)
        insertRow.bind(6, createdAt)
        try insertRow.execute()
    }

    /// A foreign key violation if the product is unknown.
    func insert(_ item: PricedLine, line: Int, of id: Int64) throws(StorageError) {
        insertItem.bind(1, id)
        insertItem.bind(2, Int64(line))
        if let productID = item.productID {
            insertItem.bind(3, productID)
            insertItem.bindNull(4)
        } else {
            insertItem.bindNull(3)
            insertItem.bind(4, item.description)
        }
        insertItem.bind(5, Int64(item.quantity))
        insertItem.bind(6, item.priceMinor)
        try insertItem.execute()
    }

    func setStatus(
        _ status: Tandem_Orders_V1_OrderStatus, of id: Int64
    ) throws(StorageError) {
        updateStatus.bind(1, Int64(status.rawValue))
        updateStatus.bind(2, id)
        try updateStatus.execute()
    }
}
