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
                })
        }
        When(Tandem_Orders_Events_V1_ProductPriceChanged.self) { event, documents in
            try documents.update(Tandem_Orders_V1_Product.self, event.productID) {
                $0.priceMinor = event.priceMinor
            }
        }
    }
}
