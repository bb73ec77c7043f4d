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
        orderID = request.hasOrderID ? try FieldRules.id(request.orderID, "order_id") : nil
        userID = try FieldRules.id(request.userID, "user_id")
        currency = try FieldRules.currency(request.currency)
        createdAt = request.hasCreatedAtUs ? try FieldRules.createdAt(request.createdAtUs) : nil
        lines = try Self.checkedLines(request.lines)
        linesPayload = Self.payload(of: lines)
    }

    /// What it holds in memory, about.
    var heldByteCount: Int {
        lines.reduce(256 + (linesPayload?.count ?? 0)) { sum, line in
            sum + MemoryLayout<DraftLine>.stride + line.description.utf8.count
        }
    }

    private static func payload(of lines: [DraftLine]) -> [UInt8]? {
        var priced: [PricedLine] = []
        priced.reserveCapacity(lines.count)
        for line in lines {
            guard let priceMinor = line.priceMinor else { return nil }
            priced.append(PricedLine(line, priceMinor: priceMinor))
        }
        return OrderPlacedPayload.lines(priced)
    }

    private static func checkedLines(
        _ requested: [Tandem_Orders_V1_OrderLine]
    ) throws(Rejection) -> [DraftLine] {
        let allowed = FieldRules.lineCount
        guard allowed.contains(requested.count) else {
            throw .outOfRange(
                requested.isEmpty ? "NO_LINES" : "TOO_MANY_LINES", "lines",
                "\(requested.count)", "\(allowed.lowerBound)", "\(allowed.upperBound)",
                told: "the number of lines")
        }
        var lines: [DraftLine] = []
        lines.reserveCapacity(requested.count)
        for (index, line) in requested.enumerated() {
            lines.append(try DraftLine(line, index: index))
        }
        return lines
    }
}

/// A line of a draft.
struct DraftLine: Sendable {
    /// `nil`: no catalogue product; then there is a description.
    let productID: Int64?
    let quantity: UInt32
    /// For the whole line; `nil`: the catalogue's.
    let priceMinor: Int64?
    let description: String

    init(_ line: Tandem_Orders_V1_OrderLine, index: Int) throws(Rejection) {
        quantity = try FieldRules.quantity(line.quantity, "lines[\(index)].quantity")
        priceMinor =
            line.hasPriceMinor
            ? try FieldRules.price(line.priceMinor, "lines[\(index)].price_minor") : nil
        if line.hasProductID {
            productID = try FieldRules.id(line.productID, "lines[\(index)].product_id")
            guard line.description_p.isEmpty else { throw Self.unexpectedDescription(index) }
            description = ""
        } else {
            productID = nil
            guard priceMinor != nil else { throw Self.missingPrice(index) }
            description = try FieldRules.description(
                line.description_p, "lines[\(index)].description")
        }
    }

    private static func unexpectedDescription(_ index: Int) -> Rejection {
        Rejection(
            .invalidArgument, reason: "UNEXPECTED_DESCRIPTION",
            message: "lines[\(index)] has a product_id and a description; give one of them",
            metadata: ["field": "lines[\(index)].description"])
    }

    private static func missingPrice(_ index: Int) -> Rejection {
        Rejection(
            .invalidArgument, reason: "PRICE_MISSING",
            message: "lines[\(index)] has no product_id, so it needs a price_minor",
            metadata: ["field": "lines[\(index)].price_minor"])
    }
}
