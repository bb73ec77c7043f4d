import OrdersClient
import TandemClient
import TandemCore

// How documents and receipts are shown. Whatever is interpolated into a SafeText is neutralised.

extension GlobalOptions {
    /// What was asked for. If it can't be written, asking again changes nothing.
    func show(_ json: @autoclosure () -> JSON, _ text: @autoclosure () -> SafeText) {
        Terminal.write(self.json ? SafeText(json()) : text())
    }

    /// What was done. If it can't be written to standard output, it is told on standard error:
    /// whoever took the failure for the command's own would do it again.
    ///
    /// - Parameters:
    ///   - key: The key under which the server keeps the answer; `nil`: there are several.
    /// - Throws: ``SilentExit`` if standard output could not be written.
    func showDone(_ json: JSON, _ text: SafeText, key: IdempotencyKey?) throws(SilentExit) {
        let failure = Terminal.write(self.json ? SafeText(json) : text)
        guard let failure else { return }
        let lost = LostResult(reason: failure.reason, key: key)
        Terminal.writeError(self.json ? SafeText(line: lost.json(json)) : lost.text(text))
        throw SilentExit(.notWritten)
    }

    /// A command's answer: what it made, and the position it reached.
    func showReceipt<Value>(
        _ answer: Answer<Value>, _ members: [JSON.Member], _ text: SafeText
    ) throws(SilentExit) {
        let token = answer.token
        let facts = [
            JSON.Member(
                name: "position", value: token.map { JSON($0.position.rawValue) } ?? .null),
            JSON.Member(name: "token", value: token.map { .string($0.description) } ?? .null),
            JSON.Member(name: "replayed", value: .bool(answer.isReplay)),
            JSON.Member(name: "key", value: answer.key.map { .string($0.description) } ?? .null),
        ]
        let replay: SafeText = answer.isReplay ? " (it had been carried out before)" : ""
        let place: SafeText = token.map { "position \($0.position), token \($0)\n" } ?? ""
        try showDone(.object(members + facts), "\(text)\(replay)\n\(place)", key: answer.key)
    }

    /// One document.
    func showDocument<Value>(_ answer: Answer<Value>, _ json: JSON, _ text: SafeText) {
        var members: [JSON.Member] = []
        if case .object(let own) = json { members = own }
        let token = answer.token
        members.append(
            JSON.Member(
                name: "position", value: token.map { JSON($0.position.rawValue) } ?? .null))
        let place: SafeText = token.map { "position \($0.position)\n" } ?? ""
        show(.object(members), text + place)
    }
}

extension User {
    var json: JSON {
        [
            "user_id": JSON(id.rawValue), "email": .string(email), "name": .string(name),
            "registered_at": .string(registeredAt.isoText), "version": JSON(version),
        ]
    }

    static let columns: [(heading: String, alignment: Table.Alignment)] = [
        ("USER", .right), ("EMAIL", .left), ("NAME", .left), ("REGISTERED", .left),
        ("VERSION", .right),
    ]

    var cells: [String] {
        [id.description, email, name, registeredAt.isoText, version.description]
    }
}

extension Product {
    var json: JSON {
        [
            "product_id": JSON(id.rawValue), "name": .string(name),
            "price_minor": .int64(price.minorUnits), "currency": .string(price.currency),
            "stock": stock.map { .int64($0) } ?? .null, "retired": .bool(isRetired),
            "version": JSON(version),
        ]
    }

    static let columns: [(heading: String, alignment: Table.Alignment)] = [
        ("PRODUCT", .right), ("NAME", .left), ("PRICE", .right), ("STOCK", .right),
        ("VERSION", .right),
    ]

    var cells: [String] {
        let left = stock.map { Int($0).grouped } ?? "-"
        return [
            id.description, name, price.description, isRetired ? "retired" : left,
            version.description,
        ]
    }
}

extension Order {
    var json: JSON {
        [
            "order_id": JSON(id.rawValue), "user_id": JSON(userID.rawValue),
            "user_email": .string(userEmail), "user_name": .string(userName),
            "status": .string(status.rawValue), "total_minor": .int64(total.minorUnits),
            "currency": .string(total.currency), "created_at": .string(createdAt.isoText),
            "items": .array(items.map(\.json)), "version": JSON(version),
            "refunded_minor": .int64(refunded.minorUnits),
            "cancel_reason": .string(cancelReason), "refund_reason": .string(refundReason),
        ]
    }

    static let columns: [(heading: String, alignment: Table.Alignment)] = [
        ("ORDER", .right), ("PLACED", .left), ("STATUS", .left), ("LINES", .right),
        ("TOTAL", .right),
    ]

    var cells: [String] {
        [
            id.description, createdAt.isoText, status.rawValue, items.count.grouped,
            total.description,
        ]
    }

    /// The order and its items.
    var text: SafeText {
        var table = Table([
            ("ITEM", .right), ("PRODUCT", .right), ("NAME", .left), ("QUANTITY", .right),
            ("UNIT", .right), ("PRICE", .right),
        ])
        for item in items {
            table.add([
                item.number.description, item.productID?.description ?? "-", item.name,
                item.quantity.grouped, item.unitPrice?.description ?? "-", item.price.description,
            ])
        }
        return "order \(id), \(status.rawValue), created \(createdAt.isoText)\n"
            + "user \(userID), \(userName) <\(userEmail)>\n\n\(table.text)\ntotal \(total)\n"
            + refundText + (cancelReason.isEmpty ? "" : "cancelled: \(cancelReason)\n")
            + "version \(version)\n"
    }

    private var refundText: SafeText {
        guard refunded.minorUnits > 0 else { return "" }
        return "refunded \(refunded)" + (refundReason.isEmpty ? "\n" : ": \(refundReason)\n")
    }
}

extension Order.Item {
    fileprivate var json: JSON {
        [
            "item": .count(Int(number)),
            "product_id": productID.map { JSON($0.rawValue) } ?? .null,
            "product_name": .string(name), "quantity": .count(Int(quantity)),
            "price_minor": .int64(price.minorUnits),
            "unit_price_minor": unitPrice.map { .int64($0.minorUnits) } ?? .null,
        ]
    }
}
