import OrdersEvents
import OrdersMessages
import Tandem

/// The commands on products.
enum ProductCommands {
    @CommandsBuilder<OrdersTables> static var all: [On<OrdersTables>] {
        On(Orders.addProduct, prepare: { (request) throws(Rejection) in
            (
                id: request.hasProductID ? try FieldRules.id(request.productID, "product_id") : nil,
                name: try FieldRules.name(request.name).value,
                priceMinor: try FieldRules.price(request.priceMinor, "price_minor"),
                currency: try FieldRules.currency(request.currency)
            )
        }) { product, db, log in
            let id = try db.ids.take(product.id, of: "product")
            let attempt = try db.insertProduct.attempt(
                id, product.name, product.priceMinor, product.currency)
            guard attempt == .done else { throw Rejection.exists("product", id) }
            try log.begin(Tandem_Orders_Events_V1_ProductAdded.with {
                $0.productID = UInt64(id)
                $0.name = product.name
                $0.priceMinor = product.priceMinor
                $0.currency = product.currency
            })
            return reply(id)
        }

        // A price that the product has already makes an event all the same: that it was confirmed
        // is worth a record, and it costs one small document.
        On(Orders.changeProductPrice, prepare: { (request) throws(Rejection) in
            (
                id: try FieldRules.id(request.productID, "product_id"),
                priceMinor: try FieldRules.price(request.priceMinor, "price_minor")
            )
        }) { change, db, log in
            guard try db.cataloguePrice(of: change.id) != nil else {
                throw Rejection.unknown("product", change.id)
            }
            try db.setPrice(change.priceMinor, change.id)
            try log.append(Tandem_Orders_Events_V1_ProductPriceChanged.with {
                $0.productID = UInt64(change.id)
                $0.priceMinor = change.priceMinor
            })
            return reply(change.id)
        }
    }

    private static func reply(_ id: Int64) -> Tandem_Orders_V1_ProductReply {
        .with { $0.productID = UInt64(id) }
    }
}
