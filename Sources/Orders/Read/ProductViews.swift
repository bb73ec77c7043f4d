import OrdersEvents
import OrdersMessages
import Tandem

/// What events make of products. Orders keep the price that they were placed at.
enum ProductViews {
    @ViewsBuilder static var all: [any View] {
        When(Tandem_Orders_Events_V1_ProductAdded.self) { event, documents in
            try documents.save(
                Tandem_Orders_V1_Product.with {
                    $0.productID = event.productID
                    $0.name = event.name
                    $0.priceMinor = event.priceMinor
                    $0.currency = event.currency
                    if event.hasStock { $0.stock = event.stock }
                    $0.version = documents.version
                })
        }
        change(Tandem_Orders_Events_V1_ProductPriceChanged.self) { $0.priceMinor = $1.priceMinor }
        change(Tandem_Orders_Events_V1_ProductRestocked.self) {
            try $0.stock.change(by: $1.units)
        }
        change(Tandem_Orders_Events_V1_ProductRetired.self) { product, _ in
            product.isRetired = true
        }
    }

    private static func change<Change: ProductEvent>(
        _ event: Change.Type,
        _ change: @escaping @Sendable (inout Tandem_Orders_V1_Product, Change) throws -> Void
    ) -> When {
        When(event) { event, documents in
            try documents.update(Tandem_Orders_V1_Product.self, event.productID) {
                try change(&$0, event)
                $0.version = documents.version
            }
        }
    }
}

extension DocumentEditor {
    /// Takes units of a product that are counted; fewer than none puts them back.
    func take(_ units: Int64, of product: Tandem_Orders_V1_Product) throws {
        guard product.hasStock, units != 0 else { return }
        try update(Tandem_Orders_V1_Product.self, product.productID) {
            try $0.stock.change(by: 0, insteadOf: units)
        }
    }

    /// As `take(_:of:)`, if it is one of the catalogue (0 is none).
    func take(_ units: Int64, of productID: UInt64) throws {
        guard productID != 0 else { return }
        try take(units, of: get(Tandem_Orders_V1_Product.self, productID))
    }
}
