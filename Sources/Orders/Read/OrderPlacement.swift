import OrdersEvents
import OrdersMessages
import Projection
import SnapshotStore

/// Makes the document of a new order.
enum OrderPlacement {
    static func place(
        _ event: Tandem_Orders_Events_V1_OrderPlaced, _ documents: DocumentEditor
    ) throws(ReductionError) {
        let user = try documents.require(
            Tandem_Orders_V1_User.self, DocumentKey(event.userID))
        var order = Tandem_Orders_V1_Order()
        order.orderID = event.orderID
        order.userID = event.userID
        order.userEmail = user.email
        order.userName = user.name
        order.status = .placed
        order.currency = event.currency
        order.createdAtUs = event.createdAtUs
        order.totalMinor = try total(event)
        var items: [Tandem_Orders_V1_OrderItem] = []
        items.reserveCapacity(event.lines.count)
        for line in event.lines { items.append(try item(line, documents)) }
        order.items = items
        documents.save(order)
    }

    private static func item(
        _ line: Tandem_Orders_Events_V1_PlacedLine, _ documents: DocumentEditor
    ) throws(ReductionError) -> Tandem_Orders_V1_OrderItem {
        var item = Tandem_Orders_V1_OrderItem()
        item.quantity = line.quantity
        item.priceMinor = line.priceMinor
        if line.productID == 0 {
            item.productName = line.description_p
        } else {
            item.productID = line.productID
            item.productName = try documents.require(
                Tandem_Orders_V1_Product.self, DocumentKey(line.productID)
            ).name
        }
        return item
    }

    private static func total(
        _ event: Tandem_Orders_Events_V1_OrderPlaced
    ) throws(ReductionError) -> Int64 {
        var total: Int64 = 0
        for line in event.lines {
            let (sum, isTooLarge) = total.addingReportingOverflow(line.priceMinor)
            guard !isTooLarge else {
                throw .contradiction("the prices of order \(event.orderID) add up to over 2^63")
            }
            total = sum
        }
        return total
    }
}
