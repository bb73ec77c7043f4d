import EventModel
package import TandemClient

/// Something to import, and where it stands in its file.
package struct ImportEntity: Sendable {
    package enum Content: Hashable, Sendable {
        case product(NewProduct)
        case user(NewUser)
        case order(NewOrder)
    }

    package let content: Content
    package let file: String
    /// The line of its first row.
    package let line: Int
    /// The line of its last row.
    package let lineLast: Int

    package init(_ content: Content, file: String, line: Int, lineLast: Int) {
        self.content = content
        self.file = file
        self.line = line
        self.lineLast = lineLast
    }
}

extension ImportEntity {
    /// What to call it in a message: `order 17`.
    package var name: String {
        switch content {
        case .product(let product): "product \(product.id?.description ?? "?")"
        case .user(let user): "user \(user.id?.description ?? "?")"
        case .order(let order): "order \(order.id?.description ?? "?")"
        }
    }

    /// The rows that an order's lines came from; 0 for other things.
    package var orderLineCount: Int {
        if case .order(let order) = content { order.lines.count } else { 0 }
    }

    /// The document that shows whether the entity is there already.
    package var document: BulkFollowUp {
        switch content {
        case .product(let product): .product(product.id ?? 0)
        case .user(let user): .user(user.id ?? 0)
        case .order(let order): .order(order.id ?? 0)
        }
    }

    package func command(tag: UInt64) throws(TandemError) -> BulkCommand {
        switch content {
        case .product(let product):
            try .addProduct(product, tag: tag) {
                ImportKey.key(.products, id: product.id?.rawValue ?? 0, content: $0)
            }
        case .user(let user):
            try .registerUser(user, tag: tag) {
                ImportKey.key(.users, id: user.id?.rawValue ?? 0, content: $0)
            }
        case .order(let order):
            try .placeOrder(order, tag: tag) {
                ImportKey.key(.orders, id: order.id?.rawValue ?? 0, content: $0)
            }
        }
    }

    /// A problem that the server found with it, at the row that it names if it can be told.
    package func problem(_ error: TandemError) -> CSVProblem {
        CSVProblem(
            file: file, line: row(of: error.metadata), column: nil,
            reason: "\(name): \(error.message) (\(error.reason))")
    }

    private func row(of metadata: [String: String]) -> Int {
        guard case .order(let order) = content,
            // Only if each line of the order came from one line of the file.
            lineLast - line + 1 == order.lines.count,
            let index = lineIndex(of: metadata, in: order), order.lines.indices.contains(index)
        else { return line }
        return line + index
    }

    /// Which of the order's lines the server means: it names the field, `lines[3].quantity`, or
    /// at least the product.
    private func lineIndex(of metadata: [String: String], in order: NewOrder) -> Int? {
        if let field = metadata["field"], field.hasPrefix("lines[") {
            return Int(field.dropFirst("lines[".count).prefix { $0 != "]" })
        }
        guard let id = metadata["product_id"].flatMap({ ProductID($0) }) else { return nil }
        return order.lines.firstIndex { $0.productID == id }
    }
}

extension ImportEntity {
    /// Whether a document is this entity, imported before and perhaps changed since. The server
    /// said that the id is taken; a rerun after the keys have expired must count what is there
    /// without taking something else for it.
    ///
    /// Compared is what can't change: of a product its name and currency, not its price; of an
    /// order everything but its status. Of a user everything can change, so the e-mail address,
    /// which is nobody else's, decides.
    package func isShown(by document: BulkDocument) -> Bool {
        switch (content, document) {
        case (.product(let new), .product(let present)):
            new.id == present.id && new.name == present.name
                && new.price.currency == present.price.currency
        case (.user(let new), .user(let present)):
            new.id == present.id && new.email.asciiLowercased == present.email.asciiLowercased
        case (.order(let new), .order(let present)):
            new.id == present.id && new.userID == present.userID
                && new.currency == present.total.currency && new.createdAt == present.createdAt
                && new.lines.count == present.items.count
                && zip(new.lines, present.items).allSatisfy { $0.isShown(by: $1) }
        case (.product, _), (.user, _), (.order, _):
            false
        }
    }
}

extension NewOrder.Line {
    fileprivate func isShown(by item: Order.Item) -> Bool {
        guard productID == item.productID, quantity == item.quantity else { return false }
        if productID == nil, description != item.name { return false }
        // A price left to the catalogue can't be checked: the catalogue may have changed.
        return priceMinorUnits.map { $0 == item.price.minorUnits } ?? true
    }
}

extension String {
    fileprivate var asciiLowercased: [UInt8] {
        utf8.map { (65...90).contains($0) ? $0 | 0x20 : $0 }
    }
}
