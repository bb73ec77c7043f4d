package import EventModel
import OrdersEvents
import OrdersMessages
package import Projection
import SnapshotStore
import SwiftProtobuf

/// Makes the order service's documents of its events.
package struct OrdersReducer: Reducer {
    package init() {}

    package func reduce(
        _ event: RecordedEvent, _ documents: DocumentEditor
    ) throws(ReductionError) {
        guard let type = OrdersEventType(rawValue: event.type) else { throw .unknownEventType }
        switch type {
        case .userRegistered:
            register(try payload(event), at: event.recordedAt, documents)
        case .userEmailChanged:
            try changeEmail(try payload(event), documents)
        case .userRenamed:
            try rename(try payload(event), documents)
        case .productAdded:
            add(try payload(event), documents)
        case .productPriceChanged:
            try changePrice(try payload(event), documents)
        case .orderPlaced:
            try OrderPlacement.place(try payload(event), documents)
        case .orderPaid:
            let paid: Tandem_Orders_Events_V1_OrderPaid = try payload(event)
            try move(paid.orderID, to: .paid, documents)
        case .orderShipped:
            let shipped: Tandem_Orders_Events_V1_OrderShipped = try payload(event)
            try move(shipped.orderID, to: .shipped, documents)
        case .orderDelivered:
            let delivered: Tandem_Orders_Events_V1_OrderDelivered = try payload(event)
            try move(delivered.orderID, to: .delivered, documents)
        case .orderCancelled:
            let cancelled: Tandem_Orders_Events_V1_OrderCancelled = try payload(event)
            try move(cancelled.orderID, to: .cancelled, documents)
        }
    }

    package func fanOuts(of event: RecordedEvent) throws(ReductionError) -> [FanOut] {
        switch OrdersEventType(rawValue: event.type) {
        case .userEmailChanged:
            let changed: Tandem_Orders_Events_V1_UserEmailChanged = try payload(event)
            return [ordersOfUser(changed.userID) { $0.userEmail = changed.email }]
        case .userRenamed:
            let renamed: Tandem_Orders_Events_V1_UserRenamed = try payload(event)
            return [ordersOfUser(renamed.userID) { $0.userName = renamed.name }]
        default:
            return []
        }
    }

    private func payload<Payload: Message>(
        _ event: RecordedEvent
    ) throws(ReductionError) -> Payload {
        do { return try Payload(serializedBytes: event.payload) } catch {
            throw .malformedPayload("it is not a \(Payload.protoMessageName)")
        }
    }

    private func register(
        _ event: Tandem_Orders_Events_V1_UserRegistered, at time: Timestamp,
        _ documents: DocumentEditor
    ) {
        var user = Tandem_Orders_V1_User()
        user.userID = event.userID
        user.email = event.email
        user.name = event.name
        user.registeredAtUs = time.microseconds
        documents.save(user)
    }

    private func changeEmail(
        _ event: Tandem_Orders_Events_V1_UserEmailChanged, _ documents: DocumentEditor
    ) throws(ReductionError) {
        var user = try documents.require(
            Tandem_Orders_V1_User.self, DocumentKey(event.userID))
        user.email = event.email
        documents.save(user)
    }

    private func rename(
        _ event: Tandem_Orders_Events_V1_UserRenamed, _ documents: DocumentEditor
    ) throws(ReductionError) {
        var user = try documents.require(
            Tandem_Orders_V1_User.self, DocumentKey(event.userID))
        user.name = event.name
        documents.save(user)
    }

    /// What denormalized means: each order of the user holds what changes here.
    private func ordersOfUser(
        _ userID: UInt64, _ change: @escaping @Sendable (inout Tandem_Orders_V1_Order) -> Void
    ) -> FanOut {
        FanOut(
            Tandem_Orders_V1_Order.self, index: OrdersCollection.OrderIndex.byUser,
            prefix: OrderKeys.userPrefix(userID), change: change)
    }

    private func add(
        _ event: Tandem_Orders_Events_V1_ProductAdded, _ documents: DocumentEditor
    ) {
        var product = Tandem_Orders_V1_Product()
        product.productID = event.productID
        product.name = event.name
        product.priceMinor = event.priceMinor
        product.currency = event.currency
        documents.save(product)
    }

    /// Orders keep the price that they were placed at.
    private func changePrice(
        _ event: Tandem_Orders_Events_V1_ProductPriceChanged, _ documents: DocumentEditor
    ) throws(ReductionError) {
        var product = try documents.require(
            Tandem_Orders_V1_Product.self, DocumentKey(event.productID))
        product.priceMinor = event.priceMinor
        documents.save(product)
    }

    /// The write side has checked that the order may get there.
    private func move(
        _ orderID: UInt64, to status: Tandem_Orders_V1_OrderStatus, _ documents: DocumentEditor
    ) throws(ReductionError) {
        var order = try documents.require(Tandem_Orders_V1_Order.self, DocumentKey(orderID))
        order.status = status
        documents.save(order)
    }
}
