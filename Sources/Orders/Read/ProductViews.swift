import OrdersEvents
import OrdersMessages
import Tandem

/// What events make of products. Orders keep the price that they were placed at.
enum ProductViews {
    @ViewsBuilder static var all: [any View] {
        When(ProductAdded.self) { event, documents in
            try documents.save(
                Product.with {
                    $0.productID = event.productID
                    $0.name = event.name
                    $0.priceMinor = event.priceMinor
                    $0.currency = event.currency
                    if event.hasStock { $0.stock = event.stock }
                    $0.version = documents.version
                })
        }
        change(ProductPriceChanged.self) { product, event, _ in
            product.priceMinor = event.priceMinor
        }
        change(ProductRestocked.self) { product, event, _ in
            try product.stock.change(by: event.units)
        }
        change(ProductRetired.self) { product, _, _ in product.isRetired = true }
    }
}

extension DocumentEditor {
    /// Takes units of a product that are counted; fewer than none puts them back.
    func take(_ units: Int64, of product: Product) throws {
        guard product.hasStock, units != 0 else { return }
        try update(Product.self, product.productID) {
            try $0.stock.change(by: 0, insteadOf: units)
        }
    }

    /// As `take(_:of:)`, if it is one of the catalogue (0 is none).
    func take(_ units: Int64, of productID: UInt64) throws {
        guard productID != 0 else { return }
        try take(units, of: get(Product.self, productID))
    }
}
