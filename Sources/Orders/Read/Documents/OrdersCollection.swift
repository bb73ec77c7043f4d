import OrdersMessages
import Projection

/// The domain's collections and their indexes, by number.
///
/// The numbers are what query plans, cursors and the durable copy go by.
enum OrdersCollection {
    static let orders = 0
    static let users = 1
    static let products = 2

    /// The document types, each at its collection's number.
    static let documents: [any Document.Type] = [
        Tandem_Orders_V1_Order.self, Tandem_Orders_V1_User.self, Tandem_Orders_V1_Product.self,
    ]

    /// The indexes of ``orders``.
    enum OrderIndex {
        static let byUser = 0
        static let byUserAndStatus = 1
    }

    /// The only index of ``users`` and of ``products``.
    static let byID = 0
}
