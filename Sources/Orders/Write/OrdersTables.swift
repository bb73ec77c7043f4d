import OrdersMessages
public import Tandem

/// The order service's statements.
public struct OrdersTables: Tables {
    let insertUser = Statement("INSERT INTO users (id, email, name) VALUES (?, ?, ?)")
    let user = Select<String, String>("SELECT email, name FROM users WHERE id = ?")
    let setEmail = Statement("UPDATE users SET email = ? WHERE id = ?")
    let setName = Statement("UPDATE users SET name = ? WHERE id = ?")

    let insertProduct = Statement(
        "INSERT INTO products (id, name, price_minor, currency) VALUES (?, ?, ?, ?)")
    let price = Select<Int64, String>("SELECT price_minor, currency FROM products WHERE id = ?")
    let setPrice = Statement("UPDATE products SET price_minor = ? WHERE id = ?")

    let insertOrder = Statement(
        """
        INSERT INTO orders (id, user_id, status, currency, total_minor, created_at, version)
        VALUES (?, ?, ?, ?, ?, ?, 1)
        """)
    let insertItem = Statement(
        """
        INSERT INTO order_items (order_id, line, product_id, description, quantity, price_minor)
        VALUES (?, ?, ?, ?, ?, ?)
        """)
    let order = Select<Tandem_Orders_V1_OrderStatus, Int64, String>(
        "SELECT status, total_minor, currency FROM orders WHERE id = ?")
    let setStatus = Statement("UPDATE orders SET status = ?, version = version + 1 WHERE id = ?")

    let ids = IDTables()

    public init() {}

    /// What one unit of a product costs; `nil` if there is no such product.
    func cataloguePrice(of productID: Int64) throws(StorageError) -> CataloguePrice? {
        guard let (unitMinor, currency) = try price(productID) else { return nil }
        guard FieldRules.priceMinor.contains(unitMinor) else {
            throw .damagedRow("products WHERE id = \(productID): price_minor is \(unitMinor)")
        }
        return CataloguePrice(unitMinor: unitMinor, currency: currency)
    }
}

/// What one unit of a product costs.
struct CataloguePrice: Hashable, Sendable {
    let unitMinor: Int64
    let currency: String
}

extension Tandem_Orders_V1_OrderStatus: SQLValue, FixedIndexValue {}
