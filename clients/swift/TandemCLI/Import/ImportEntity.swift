package import OrdersClient
package import TandemClient
import TandemCore

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
        let opening = "lines[".utf8
        if let field = metadata["field"]?.utf8, field.starts(with: opening) {
            return Int(
                String(
                    decoding: field.dropFirst(opening.count).prefix { $0 != 0x5D },
                    as: UTF8.self))
        }
        guard let id = metadata["product_id"].flatMap({ ProductID($0) }) else { return nil }
        return order.lines.firstIndex { $0.productID == id }
    }
}
