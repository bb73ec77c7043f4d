package import OrdersClient
import TandemClient

/// In what a row of the file is not what the server holds under its id.
package struct ImportDifference: Hashable, Sendable, CustomStringConvertible {
    /// A column of the file, or what an order's lines have in common.
    package let what: String
    package let inFile: String
    package let onServer: String

    package var description: String { "\(what) is \(inFile) here, \(onServer) on the server" }
}

extension ImportEntity {
    /// The server said that the id is taken: what of the document it holds is otherwise than in the
    /// file. Empty if the entity was imported before; a rerun after the keys have expired must
    /// count what is there without taking something else for it. Of an order, the status may have
    /// changed.
    ///
    /// Texts are compared by their bytes: the server keeps them apart, too.
    package func differences(from document: BulkDocument) -> [ImportDifference] {
        switch (content, document) {
        case (.product(let new), .product(let present)):
            return compared([
                text("name", new.name, present.name),
                number("price_minor", new.price.minorUnits, present.price.minorUnits),
                text("currency", new.price.currency, present.price.currency),
            ])
        case (.user(let new), .user(let present)):
            return compared([
                text("email", new.email, present.email), text("name", new.name, present.name),
            ])
        case (.order(let new), .order(let present)):
            return new.differences(from: present)
        case (.product, _), (.user, _), (.order, _):
            return [ImportDifference(what: "the kind", inFile: name, onServer: "something else")]
        }
    }

    /// The problem to report; `nil` if there is no difference.
    package func problem(_ differences: [ImportDifference]) -> CSVProblem? {
        guard !differences.isEmpty else { return nil }
        return CSVProblem(
            file: file, line: line, column: nil,
            reason: "\(name) is on the server already, and differs: "
                + differences.map(\.description).joined(separator: "; "))
    }
}

extension NewOrder {
    fileprivate func differences(from present: Order) -> [ImportDifference] {
        var found = compared([
            number("user_id", userID, present.userID),
            number("placed_at", createdAt?.isoText ?? "", present.createdAt.isoText),
            text("currency", currency, present.total.currency),
            number("the number of lines", lines.count, present.items.count),
        ])
        guard lines.count == present.items.count else { return found }
        for (index, (line, item)) in zip(lines, present.items).enumerated() {
            found += line.differences(from: item, number: index + 1)
        }
        return found
    }
}

extension NewOrder.Line {
    fileprivate func differences(from item: Order.Item, number place: Int) -> [ImportDifference] {
        func name(_ what: String) -> String { "\(what) of line \(place)" }
        let ownPrice = priceMinorUnits ?? item.price.minorUnits
        return compared([
            number(
                name("product_id"), productID?.description ?? "empty",
                item.productID?.description ?? "empty"),
            // A catalogue product's name is not in the file.
            productID == nil ? text(name("description"), description, item.name) : nil,
            number(name("quantity"), quantity, item.quantity),
            // A price left to the catalogue can't be checked: the catalogue may have changed.
            number(name("price_minor"), ownPrice, item.price.minorUnits),
        ])
    }
}

private func compared(_ differences: [ImportDifference?]) -> [ImportDifference] {
    differences.compactMap(\.self)
}

private func text(_ what: String, _ new: String, _ present: String) -> ImportDifference? {
    guard !new.hasSameBytes(as: present) else { return nil }
    // Two texts that look the same are told apart by their bytes.
    let isLookalike = new == present
    func shown(_ text: String) -> String {
        "'\(text)'" + (isLookalike ? " (\(text.unicodeScalars.count) scalars)" : "")
    }
    return ImportDifference(what: what, inFile: shown(new), onServer: shown(present))
}

private func number<Value: Equatable & CustomStringConvertible>(
    _ what: String, _ new: Value, _ present: Value
) -> ImportDifference? {
    guard new != present else { return nil }
    return ImportDifference(
        what: what, inFile: new.description, onServer: present.description)
}
