import OrdersEvents
import OrdersMessages
import Tandem

/// A request to place an order, checked as far as it can be without the tables.
struct OrderDraft: Sendable {
    /// `nil`: the next free one.
    let orderID: Int64?
    let userID: Int64
    let currency: String
    /// `nil`: now.
    let createdAt: Int64?
    let lines: [DraftLine]
    /// The event's lines, serialized, if every line has a price of its own: the bulk of the event's
    /// encoding, done before the writer's thread has the order.
    let linesPayload: [UInt8]?

    init(_ request: Tandem_Orders_V1_PlaceOrderRequest) throws(Rejection) {
        orderID = request.hasOrderID ? try Check.id(request.orderID, "order_id") : nil
        userID = try Check.id(request.userID, "user_id")
        currency = try FieldRules.currency(request.currency)
        createdAt =
            request.hasCreatedAtUs
            ? try Check.number(
                request.createdAtUs, in: FieldRules.createdAt, "created_at_us",
                or: "CREATED_AT_OUT_OF_RANGE") : nil
        _ = try Check.number(
            request.lines.count, in: FieldRules.lineCount, "lines",
            or: request.lines.isEmpty ? "NO_LINES" : "TOO_MANY_LINES",
            told: "the number of lines")
        var lines: [DraftLine] = []
        lines.reserveCapacity(request.lines.count)
        for (index, line) in request.lines.enumerated() {
            lines.append(try DraftLine(line, at: "lines[\(index)]"))
        }
        self.lines = lines
        linesPayload =
            lines.allSatisfy(\.isPriced)
            ? Self.bytes(of: .with { $0.lines = lines.map(\.placed) }) : nil
    }

    /// What it holds in memory, about.
    var heldByteCount: Int {
        lines.reduce(256 + (linesPayload?.count ?? 0)) { sum, line in
            sum + MemoryLayout<DraftLine>.stride + line.placed.description_p.utf8.count
        }
    }

    /// The event, serialized.
    ///
    /// Serialized messages of one type, put one after the other, are the message with the fields of
    /// all of them; with the lines last, which have the highest field number, the bytes are those
    /// of the whole message serialized at once.
    ///
    /// - Parameter lines: with all prices.
    func payload(id: Int64, createdAt: Int64, lines: [DraftLine]) -> [UInt8] {
        var event = OrderPlaced.with {
            $0.orderID = UInt64(id)
            $0.userID = UInt64(userID)
            $0.currency = currency
            $0.createdAtUs = createdAt
        }
        if let linesPayload { return Self.bytes(of: event) + linesPayload }
        event.lines = lines.map(\.placed)
        return Self.bytes(of: event)
    }

    private static func bytes(of event: OrderPlaced) -> [UInt8] {
        do { return try event.serializedBytes() } catch {
            // Only missing proto2 fields, unpacked Any and 2 GiB can make it fail.
            preconditionFailure("an event that can't be serialized: \(error)")
        }
    }
}

/// A line of an order to come, as the event will have it.
struct DraftLine: Sendable {
    private(set) var placed = PlacedLine()
    /// It states its price; otherwise the catalogue does.
    private(set) var isPriced: Bool

    /// `nil`: no catalogue product; then there is a description.
    var productID: Int64? { placed.productID == 0 ? nil : Int64(placed.productID) }

    init(_ line: OrderLine, at path: @autoclosure () -> String) throws(Rejection) {
        placed.quantity = try Check.number(
            line.quantity, in: FieldRules.quantity, "\(path()).quantity",
            or: "QUANTITY_OUT_OF_RANGE")
        let own =
            line.hasPriceMinor
            ? try FieldRules.price(line.priceMinor, "\(path()).price_minor") : nil
        let unit =
            line.hasUnitPriceMinor
            ? try FieldRules.price(line.unitPriceMinor, "\(path()).unit_price_minor") : nil
        if let unit { placed.unitPriceMinor = unit }
        let price = try FieldRules.linePrice(
            unitMinor: unit, times: placed.quantity, own: own, what: "unit_price_minor",
            "\(path()).price_minor")
        placed.priceMinor = price ?? 0
        isPriced = price != nil
        guard line.hasProductID else {
            guard isPriced else {
                throw .invalid(
                    "\(path()).price_minor",
                    "\(path()) has no product_id, so it needs unit_price_minor or price_minor",
                    reason: "PRICE_MISSING")
            }
            placed.description_p = try Check.line(
                line.description_p, byteCount: 1...200, "\(path()).description",
                or: "INVALID_DESCRIPTION"
            ).value
            return
        }
        placed.productID = UInt64(try Check.id(line.productID, "\(path()).product_id"))
        guard line.description_p.isEmpty else {
            throw .invalid(
                "\(path()).description",
                "\(path()) has a product_id and a description; give one of them",
                reason: "UNEXPECTED_DESCRIPTION")
        }
    }

    /// The line with its price, its units taken from the stock where they are counted.
    ///
    /// A price of the line's own is in the order's currency by definition, so the catalogue is not
    /// asked about it.
    func complete(
        in currency: String, from catalogue: Catalogue, at path: @autoclosure () -> String
    ) throws -> DraftLine {
        guard let productID, try !isPriced || catalogue.hasLimits() else { return self }
        guard let product = try catalogue.product(productID) else {
            throw Rejection.notFound(
                "product", productID, field: "\(path()).product_id")
        }
        // Of no units, too: their price would count as the product's revenue.
        guard !product.isRetired else { throw Rejection.retired(product.id, "\(path()).quantity") }
        var line = self
        if !isPriced {
            guard ExactText(product.currency) == ExactText(currency) else {
                throw Rejection.otherCurrency(product, currency, path())
            }
            line.placed.unitPriceMinor = product.unitMinor
            line.placed.priceMinor = try FieldRules.linePrice(
                unitMinor: product.unitMinor, times: placed.quantity, own: nil,
                what: "the catalogue's price", "\(path()).price_minor") ?? 0
            line.isPriced = true
        }
        try catalogue.give(Int64(placed.quantity), of: product, "\(path()).quantity")
        return line
    }
}

extension Rejection {
    fileprivate static func otherCurrency(
        _ product: CatalogueProduct, _ currency: String, _ path: String
    ) -> Rejection {
        Rejection(
            .invalidArgument, reason: "CURRENCY_MISMATCH",
            message: """
                \(path) has no price, and its product is priced in \(product.currency), but the \
                order is in \(currency)
                """,
            metadata: [
                "field": "\(path).product_id", "product_id": "\(product.id)",
                "product_currency": product.currency, "order_currency": currency,
            ])
    }
}
