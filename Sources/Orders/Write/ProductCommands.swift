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
            let row = CatalogueProduct(
                id: try db.ids.take(product.id, of: "product"), unitMinor: product.priceMinor,
                currency: product.currency, isRetired: false, stock: product.stock)
            try db.catalogue.add(row, name: product.name)
            try log.begin(ProductAdded.with {
                $0.productID = UInt64(row.id)
                $0.name = product.name
                $0.priceMinor = row.unitMinor
                $0.currency = row.currency
                if let stock = row.stock { $0.stock = stock }
            })
            return row.reply(version: 1)
        }

        // A price that the product has already makes an event all the same: that it was confirmed
        // is worth a record, and it costs one small document.
        changing(
            Orders.changeProductPrice,
            prepare: { (request) throws(Rejection) in
                try FieldRules.price(request.priceMinor, "price_minor")
            }
        ) { (product: inout CatalogueProduct, priceMinor, db) in
            try db.catalogue.setPrice(priceMinor, product.id)
            return ProductPriceChanged.with { $0.priceMinor = priceMinor }
        }

        changing(
            Orders.restockProduct,
            prepare: { (request) throws(Rejection) in
                try Check.number(
                    request.units, in: 1...FieldRules.stock.upperBound, "units",
                    or: "UNITS_OUT_OF_RANGE")
            }
        ) { (product: inout CatalogueProduct, units, db) in
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

        changing(Orders.retireProduct, prepare: { _ in () }) {
            (product: inout CatalogueProduct, _, db) -> ProductRetired? in
            guard !product.isRetired else { return nil }
            try db.catalogue.retire(product.id)
            return ProductRetired()
        }
    }

    private static func stock(
        _ units: Int64, _ field: String = "stock"
    ) throws(Rejection) -> Int64 {
        try Check.number(
            units, in: FieldRules.stock, field, or: "STOCK_OUT_OF_RANGE", told: "the stock")
    }
}
