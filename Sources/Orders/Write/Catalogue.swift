import OrdersMessages
import Tandem

/// The products' statements, and what an order may have of them.
///
/// Whether units are counted is asked for each line of an order only once there is a product whose
/// units are, or one that is retired: a shop that has neither pays nothing for them.
struct Catalogue: Tables {
    private let insert = Statement(
        "INSERT INTO products (id, name, price_minor, currency, stock) VALUES (?, ?, ?, ?, ?)")
    let setPrice = Statement("UPDATE products SET price_minor = ? WHERE id = ?")
    private let setRetired = Statement("UPDATE products SET is_retired = 1 WHERE id = ?")
    let setStock = Statement("UPDATE products SET stock = ? WHERE id = ?")
    private let select = Select<Int64, String, Int64?, Bool>(
        "SELECT price_minor, currency, stock, is_retired FROM products WHERE id = ?")
    private let putBack = Statement(
        """
        UPDATE products SET stock = stock + held.units
        FROM (
            SELECT product_id, sum(quantity) AS units FROM order_items
            WHERE order_id = ? AND product_id IS NOT NULL GROUP BY product_id
        ) AS held
        WHERE id = held.product_id AND stock IS NOT NULL
        """)
    private let anyLimits = Select<Bool>(
        "SELECT EXISTS (SELECT 1 FROM products WHERE stock IS NOT NULL OR is_retired)")
    private let limits = Limits()

    /// What is known of ``anyLimits``. Once true it stays so, also if what made it so was undone:
    /// that costs looking.
    private final class Limits { var exist: Bool? }

    func product(_ id: Int64) throws -> CatalogueProduct? {
        guard let (unitMinor, currency, stock, isRetired) = try select(id) else { return nil }
        // Orders put back what they took, so that a stock may be above what a command may make it.
        guard FieldRules.priceMinor.contains(unitMinor), (0...(Int64.max / 2)).contains(stock ?? 0)
        else {
            throw StorageError.damagedRow(
                """
                products WHERE id = \(id): price_minor is \(unitMinor), stock \(stock ?? 0)
                """)
        }
        return CatalogueProduct(
            id: id, unitMinor: unitMinor, currency: currency, isRetired: isRetired, stock: stock)
    }

    func hasLimits() throws -> Bool {
        if let known = limits.exist { return known }
        let exist = try anyLimits() ?? false
        limits.exist = exist
        return exist
    }

    func add(_ product: CatalogueProduct, name: String) throws {
        if product.stock != nil { limits.exist = true }
        let attempt = try insert.attempt(
            product.id, name, product.unitMinor, product.currency, product.stock)
        guard attempt == .done else { throw Rejection.exists("product", product.id) }
    }

    func retire(_ product: Int64) throws {
        limits.exist = true
        try setRetired(product)
    }

    /// Gives an order units of a product, or takes some back that it had (fewer than none).
    func give(_ units: Int64, of product: CatalogueProduct, _ field: @autoclosure () -> String)
        throws
    {
        guard units <= 0 || !product.isRetired else {
            throw Rejection.retired(product.id, field())
        }
        guard let stock = product.stock else { return }
        guard units <= stock else {
            throw Rejection.refused(
                "OUT_OF_STOCK",
                "\(field()) asks for \(units) of product \(product.id), and \(stock) are left",
                metadata: [
                    "product_id": "\(product.id)", "field": field(), "wanted": "\(units)",
                    "left": "\(stock)",
                ])
        }
        if units != 0 { try setStock(stock - units, product.id) }
    }

    /// As `give`, for an item that its order has already.
    func give(_ units: Int64, ofItem productID: Int64?) throws {
        guard let productID, try hasLimits(), let product = try product(productID) else { return }
        try give(units, of: product, "quantity")
    }

    /// Puts all units of an order that are counted back into stock.
    func takeBackAll(of order: Int64) throws {
        if try hasLimits() { try putBack(order) }
    }
}

/// A product as its row has it.
struct CatalogueProduct: Row {
    static let kind = "product"
    let id: Int64
    /// What one unit costs.
    let unitMinor: Int64
    let currency: String
    let isRetired: Bool
    /// `nil`: its units aren't counted.
    var stock: Int64?

    static func find(_ id: Int64, _ db: OrdersTables) throws -> Self? {
        try db.catalogue.product(id)
    }

    func reply(version: UInt64) -> ProductReply {
        .with {
            $0.productID = UInt64(id)
            $0.version = version
            if let stock { $0.stock = stock }
        }
    }
}

extension Rejection {
    static func retired(_ product: Int64, _ field: String) -> Rejection {
        .refused(
            "PRODUCT_RETIRED",
            "product \(product) is retired: it can't be ordered any more (\(field))",
            metadata: ["product_id": "\(product)", "field": field])
    }
}
