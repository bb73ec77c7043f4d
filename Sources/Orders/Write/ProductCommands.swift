internal import EventModel
internal import EventStore
internal import OrdersEvents
internal import OrdersMessages
internal import SwiftProtobuf

/// The commands on products.
enum ProductCommands {
    typealias Reply = Tandem_Orders_V1_ProductReply

    /// A checked AddProduct.
    struct Addition: Sendable {
        let productID: Int64?
        let name: ExactText
        let price: CataloguePrice

        init(_ request: Tandem_Orders_V1_AddProductRequest) throws(Rejection) {
            productID =
                request.hasProductID ? try FieldRules.id(request.productID, "product_id") : nil
            name = try FieldRules.name(request.name)
            price = CataloguePrice(
                unitMinor: try FieldRules.price(request.priceMinor, "price_minor"),
                currency: try FieldRules.currency(request.currency))
        }
    }

    /// A checked ChangeProductPrice.
    struct PriceChange: Sendable {
        let productID: Int64
        let priceMinor: Int64

        init(_ request: Tandem_Orders_V1_ChangeProductPriceRequest) throws(Rejection) {
            productID = try FieldRules.id(request.productID, "product_id")
            priceMinor = try FieldRules.price(request.priceMinor, "price_minor")
        }
    }

    @Sendable static func add(
        _ product: Addition, _ model: OrdersWriteModel, _ transaction: inout CommandTransaction
    ) throws(CommandFailure) -> Reply {
        let id = try model.ids.take(product.productID, of: .product)
        do {
            try model.products.insert(id, name: product.name.value, price: product.price)
        } catch {
            guard error.kind == .uniqueViolation else { throw .storage(error) }
            throw .rejected(.exists("product", id))
        }
        let event = Tandem_Orders_Events_V1_ProductAdded.with {
            $0.productID = UInt64(id)
            $0.name = product.name.value
            $0.priceMinor = product.price.unitMinor
            $0.currency = product.price.currency
        }
        try transaction.appendFirst(.productAdded, payload: event.payload, to: "product", id)
        return reply(id)
    }

    /// A price that the product has already makes an event all the same: that it was confirmed
    /// is worth a record, and it costs one small document.
    @Sendable static func changePrice(
        _ change: PriceChange, _ model: OrdersWriteModel,
        _ transaction: inout CommandTransaction
    ) throws(CommandFailure) -> Reply {
        let id = change.productID
        let isKnown = try CommandFailure.onStorageError { () throws(StorageError) in
            guard try model.products.price(of: id) != nil else { return false }
            try model.products.setPrice(change.priceMinor, of: id)
            return true
        }
        guard isKnown else { throw .rejected(.unknown("product", id)) }
        let event = Tandem_Orders_Events_V1_ProductPriceChanged.with {
            $0.productID = UInt64(id)
            $0.priceMinor = change.priceMinor
        }
        try transaction.append(.productPriceChanged, event, to: "product", id)
        return reply(id)
    }

    private static func reply(_ id: Int64) -> Reply {
        Reply.with { $0.productID = UInt64(id) }
    }
}
