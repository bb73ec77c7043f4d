import OrdersEvents
import OrdersMessages
import Tandem

/// What events make of orders, and of the stock of what they hold. The write side has checked that
/// an order may get where it gets.
enum OrderViews {
    @ViewsBuilder static var all: [any View] {
        When(OrderPlaced.self) { event, documents in
            let user = try documents.get(User.self, event.userID)
            var order = Order.with {
                $0.orderID = event.orderID
                $0.userID = event.userID
                $0.userEmail = user.email
                $0.userName = user.name
                $0.status = .placed
                $0.currency = event.currency
                $0.createdAtUs = event.createdAtUs
                $0.version = documents.version
            }
            order.items.reserveCapacity(event.lines.count)
            for line in event.lines {
                try add(line, number: UInt32(order.items.count + 1), to: &order, documents)
            }
            try documents.save(order)
        }
        change(OrderItemAdded.self) { order, event, documents in
            try add(event.line, number: event.item, to: &order, documents)
        }
        change(OrderItemQuantityChanged.self) { order, event, documents in
            let index = try place(of: event.item, in: order)
            let item = order.items[index]
            try documents.take(Int64(event.quantity) - Int64(item.quantity), of: item.productID)
            order.items[index].quantity = event.quantity
            order.items[index].priceMinor = event.priceMinor
            try order.totalMinor.change(by: event.priceMinor, insteadOf: item.priceMinor)
        }
        change(OrderItemRemoved.self) { order, event, documents in
            let item = order.items.remove(at: try place(of: event.item, in: order))
            try documents.take(-Int64(item.quantity), of: item.productID)
            try order.totalMinor.change(by: 0, insteadOf: item.priceMinor)
        }
        change(OrderPaid.self) { order, _, _ in order.status = .paid }
        change(OrderShipped.self) { order, _, _ in order.status = .shipped }
        change(OrderDelivered.self) { order, _, _ in order.status = .delivered }
        change(OrderCancelled.self) { order, event, documents in
            try putBack(order, documents)
            order.status = .cancelled
            order.cancelReason = event.reason
        }
        change(OrderRefunded.self) { order, event, documents in
            try order.refundedMinor.change(by: event.amountMinor)
            order.refundReason = event.reason
            guard event.isWhole else { return }
            // What was shipped is elsewhere.
            if order.status == .paid { try putBack(order, documents) }
            order.status = .refunded
        }
    }

    private static func add(
        _ line: PlacedLine, number: UInt32, to order: inout Order, _ documents: DocumentEditor
    ) throws {
        var item = OrderItem()
        item.number = number
        item.quantity = line.quantity
        item.priceMinor = line.priceMinor
        if line.hasUnitPriceMinor { item.unitPriceMinor = line.unitPriceMinor }
        if line.productID == 0 {
            item.productName = line.description_p
        } else {
            let product = try documents.get(Product.self, line.productID)
            item.productID = line.productID
            item.productName = product.name
            try documents.take(Int64(line.quantity), of: product)
        }
        order.items.append(item)
        try order.totalMinor.change(by: line.priceMinor)
    }

    private static func place(of number: UInt32, in order: Order) throws(ReductionError) -> Int {
        guard let index = order.items.firstIndex(where: { $0.number == number }) else {
            throw .contradiction("order \(order.orderID) has no item \(number)")
        }
        return index
    }

    private static func putBack(_ order: Order, _ documents: DocumentEditor) throws {
        for item in order.items { try documents.take(-Int64(item.quantity), of: item.productID) }
    }
}

extension Int64 {
    /// Adds a part, or puts it in another's place. A log's numbers are as foreign as its bytes.
    mutating func change(by part: Int64, insteadOf old: Int64 = 0) throws(ReductionError) {
        let (difference, isFar) = part.subtractingReportingOverflow(old)
        let (sum, isTooLarge) = addingReportingOverflow(difference)
        guard !isFar, !isTooLarge else {
            throw .contradiction("it takes a sum of \(self) beyond what 64 bits hold")
        }
        self = sum
    }
}
