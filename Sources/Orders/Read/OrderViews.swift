import OrdersEvents
import OrdersMessages
import Tandem

/// What events make of orders. The write side has checked that an order may get where it gets.
enum OrderViews {
    @ViewsBuilder static var all: [any View] {
        When(Tandem_Orders_Events_V1_OrderPlaced.self) { event, documents in
            let user = try documents.get(Tandem_Orders_V1_User.self, event.userID)
            try documents.save(
                Tandem_Orders_V1_Order.with {
                    $0.orderID = event.orderID
                    $0.userID = event.userID
                    $0.userEmail = user.email
                    $0.userName = user.name
                    $0.status = .placed
                    $0.currency = event.currency
                    $0.createdAtUs = event.createdAtUs
                    $0.totalMinor = try total(event)
                    $0.items = try event.lines.map { try item($0, documents) }
                })
        }
        step(Tandem_Orders_Events_V1_OrderPaid.self, \.orderID, .paid)
        step(Tandem_Orders_Events_V1_OrderShipped.self, \.orderID, .shipped)
        step(Tandem_Orders_Events_V1_OrderDelivered.self, \.orderID, .delivered)
        step(Tandem_Orders_Events_V1_OrderCancelled.self, \.orderID, .cancelled)
    }

    private static func step<Step: Event>(
        _ event: Step.Type, _ id: Field<Step, UInt64>,
        _ status: Tandem_Orders_V1_OrderStatus
    ) -> When {
        When(event) { event, documents in
            try documents.update(Tandem_Orders_V1_Order.self, event[keyPath: id]) {
                $0.status = status
            }
        }
    }

    private static func item(
        _ line: Tandem_Orders_Events_V1_PlacedLine, _ documents: DocumentEditor
    ) throws -> Tandem_Orders_V1_OrderItem {
        var item = Tandem_Orders_V1_OrderItem()
        item.quantity = line.quantity
        item.priceMinor = line.priceMinor
        if line.productID == 0 {
            item.productName = line.description_p
        } else {
            item.productID = line.productID
            item.productName = try documents.get(Tandem_Orders_V1_Product.self, line.productID).name
        }
        return item
    }

    private static func total(_ event: Tandem_Orders_Events_V1_OrderPlaced) throws -> Int64 {
        var total: Int64 = 0
        for line in event.lines {
            let (sum, isTooLarge) = total.addingReportingOverflow(line.priceMinor)
            guard !isTooLarge else {
                throw ReductionError.contradiction(
                    "the prices of order \(event.orderID) add up to over 2^63")
            }
            total = sum
        }
        return total
    }
}
