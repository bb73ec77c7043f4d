import OrdersEvents
import OrdersMessages
import Tandem

/// The commands on products.
enum ProductCommands {
    @CommandsBuilder<OrdersTables> static var all: [On<OrdersTables>] {
        On(Orders.addProduct, prepare: { (request) throws(Rejection) in
            (
                id: request.hasProductID ? try Check.id(request.productID, "product_id") : nil,
                name: try FieldRules.name(request.name).value,
                priceMinor: try FieldRules.price(request.priceMinor, "price_minor"),
                currency: try FieldRules.currency(request.currency),
                stock: request.hasStock ? try stock(request.stock) : nil
            )
        }) { product, db, log in
            let id = try db.ids.take(product.id, of: "product")
            try db.catalogue.add(
                id, product.name, product.priceMinor, product.currency, stock: product.stock)
            try log.begin(ProductAdded.with {
                $0.productID = UInt64(id)
                $0.name = product.name
                $0.priceMinor = product.priceMinor
                $0.currency = product.currency
                if let stock = product.stock { $0.stock = stock }
            })
            return reply(id, version: 1, stock: product.stock)
        }

        // A price that the product has already makes an event all the same: that it was confirmed
        // is worth a record, and it costs one small document.
        change(
            Orders.changeProductPrice,
            prepare: { (request) throws(Rejection) in
                try FieldRules.price(request.priceMinor, "price_minor")
            }
        ) { product, priceMinor, db in
            try db.catalogue.setPrice(priceMinor, product.id)
            return ProductPriceChanged.with { $0.priceMinor = priceMinor }
        }

        change(
            Orders.restockProduct,
            prepare: { (request) throws(Rejection) in
                try Check.number(
                    request.units, in: 1...FieldRules.stock.upperBound, "units",
                    or: "UNITS_OUT_OF_RANGE")
            }
        ) { product, units, db in
            guard let stock = product.stock else {
                throw Rejection.refused(
                    "STOCK_NOT_COUNTED",
                    "product \(product.id) was added without a stock: its units aren't counted",
                    metadata: ["product_id": "\(product.id)"])
            }
            product.stock = try Self.stock(stock + units, "units")
            try db.catalogue.setStock(product.stock, product.id)
            return ProductRestocked.with { $0.units = units }
        }

        change(Orders.retireProduct, prepare: { _ in () }) {
            (product, _, db) -> ProductRetired? in
            guard !product.isRetired else { return nil }
            try db.catalogue.retire(product.id)
            return ProductRetired()
        }
    }

    /// A change of a product, and the event that it makes, if it changes anything.
    private static func change<Request: ProductChange, Details: Sendable, Change: ProductEvent>(
        _ method: Command<Request, ProductReply>,
        prepare: @escaping @Sendable (Request) throws(Rejection) -> Details,
        handler:
            @escaping @Sendable (inout CatalogueProduct, Details, OrdersTables) throws -> Change?
    ) -> On<OrdersTables> {
        On(method, prepare: { (request) throws(Rejection) in
            (
                id: try Check.id(request.productID, "product_id"),
                expected: request.expectation, details: try prepare(request)
            )
        }) { target, db, log in
            let (id, stream) = (target.id, "product-\(target.id)")
            guard var product = try db.catalogue.product(id) else {
                throw Rejection.notFound("product", id)
            }
            try log.expect(target.expected, ofStream: stream)
            guard var event = try handler(&product, target.details, db) else {
                return reply(id, version: try log.version(ofStream: stream), stock: product.stock)
            }
            event.productID = UInt64(id)
            return reply(id, version: try log.append(event), stock: product.stock)
        }
    }

    private static func stock(
        _ units: Int64, _ field: String = "stock"
    ) throws(Rejection) -> Int64 {
        try Check.number(
            units, in: FieldRules.stock, field, or: "STOCK_OUT_OF_RANGE", told: "the stock")
    }

    private static func reply(_ id: Int64, version: UInt64, stock: Int64?) -> ProductReply {
        .with {
            $0.productID = UInt64(id)
            $0.version = version
            if let stock { $0.stock = stock }
        }
    }
}
