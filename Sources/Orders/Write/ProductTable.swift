internal import EventStore

/// The statements on products.
final class ProductTable {
    private let insertRow: HotStatement
    private let selectPrice: HotStatement
    private let updatePrice: HotStatement

    init(_ connection: WriteConnection) throws(StorageError) {
        insertRow = try connection.prepare(
            "INSERT INTO products (id, name, price_minor, currency) VALUES (?, ?, ?, ?)")
        selectPrice = try connection.prepare(
            "SELECT price_minor, currency FROM products WHERE id = ?")
        updatePrice = try connection.prepare("UPDATE products SET price_minor = ? WHERE id = ?")
    }

    /// What one unit costs; `nil` if there is no such product.
    func price(of id: Int64) throws(StorageError) -> CataloguePrice? {
        selectPrice.bind(1, id)
        return try selectPrice.first { row throws(StorageError) in
            let unitMinor = try row.int64(at: 0)
            guard FieldRules.priceMinor.contains(unitMinor) else {
                throw .damagedRow("price_minor is \(unitMinor)")
            }
            return CataloguePrice(unitMinor: unitMinor, currency: try row.text(at: 1))
        }
    }

    /// A unique violation if the id is taken.
    func insert(
        _ id: Int64, name: String, price: CataloguePrice
    ) throws(StorageError) {
        insertRow.bind(1, id)
        insertRow.bind(2, name)
        insertRow.bind(3, price.unitMinor)
        insertRow.bind(4, price.currency)
        try insertRow.execute()
    }

    func setPrice(_ unitMinor: Int64, of id: Int64) throws(StorageError) {
        updatePrice.bind(1, unitMinor)
        updatePrice.bind(2, id)
        try updatePrice.execute()
    }
}

/// What one unit of a product costs.
struct CataloguePrice: Hashable, Sendable {
    let unitMinor: Int64
    let currency: String
}
