import Tandem

/// An order with every line's price known: what is decided before anything is written. Pure.
struct PricedOrder: Sendable {
    let userID: Int64
    let currency: String
    let lines: [PricedLine]
    let totalMinor: Int64

    /// Fills the catalogue's prices in.
    ///
    /// `price` is asked for the products of lines without a price of their own, and fails as it
    /// likes; a price of the line's own is in the order's currency by definition, so the
    /// catalogue is not asked about it.
    init(_ draft: OrderDraft, price: (Int64) throws -> CataloguePrice?) throws {
        var lines: [PricedLine] = []
        lines.reserveCapacity(draft.lines.count)
        var total: Int64 = 0
        for (index, line) in draft.lines.enumerated() {
            let priceMinor: Int64
            if let ownPrice = line.priceMinor {
                priceMinor = ownPrice
            } else if let productID = line.productID {
                guard let unit = try price(productID) else {
                    let field = "lines[\(index)].product_id"
                    throw Rejection.unknown("product", productID, field: field)
                }
                priceMinor = try Self.linePrice(
                    of: line, unit, orderCurrency: draft.currency, index: index)
            } else {
                preconditionFailure("a draft's line has neither a product nor a price")
            }
            // At most 1,000 lines of at most 10^12 each: no overflow (FieldRules).
            total += priceMinor
            lines.append(PricedLine(line, priceMinor: priceMinor))
        }
        userID = draft.userID
        currency = draft.currency
        self.lines = lines
        totalMinor = total
    }

    private static func linePrice(
        of line: DraftLine, _ unit: CataloguePrice, orderCurrency: String, index: Int
    ) throws(Rejection) -> Int64 {
        guard ExactText(unit.currency) == ExactText(orderCurrency) else {
            throw Rejection(
                .invalidArgument, reason: "CURRENCY_MISMATCH",
                message: """
                    lines[\(index)] has no price, and its product is priced in \
                    \(unit.currency), but the order is in \(orderCurrency)
                    """,
                metadata: [
                    "field": "lines[\(index)].product_id",
                    "product_id": line.productID.map { "\($0)" } ?? "",
                    "product_currency": unit.currency, "order_currency": orderCurrency,
                ])
        }
        let product = unit.unitMinor.multipliedReportingOverflow(by: Int64(line.quantity))
        return try FieldRules.price(
            product.overflow ? .max : product.partialValue, "lines[\(index)].price_minor",
            told: "the catalogue's price times the quantity of lines[\(index)]")
    }
}

/// A line whose price is known.
struct PricedLine: Sendable {
    /// `nil`: no catalogue product.
    let productID: Int64?
    let quantity: UInt32
    /// For the whole line.
    let priceMinor: Int64
    let description: String

    init(_ line: DraftLine, priceMinor: Int64) {
        productID = line.productID
        quantity = line.quantity
        self.priceMinor = priceMinor
        description = line.description
    }
}
