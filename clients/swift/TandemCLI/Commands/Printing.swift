import EventModel
import TandemClient

// How documents and receipts are shown.

extension GlobalOptions {
    func show(_ json: @autoclosure () -> JSON, _ text: @autoclosure () -> String) {
        Terminal.write(self.json ? json().text : text())
    }

    /// A command's answer: what it made, and the position it reached.
    func showReceipt<Value>(_ answer: Answer<Value>, _ members: [JSON.Member], _ text: String) {
        let token = answer.token
        let facts = [
            JSON.Member(
                name: "position", value: token.map { JSON($0.position.rawValue) } ?? .null),
            JSON.Member(name: "token", value: token.map { .string($0.description) } ?? .null),
            JSON.Member(name: "replayed", value: .bool(answer.isReplay)),
        ]
        let replay = answer.isReplay ? " (it had been carried out before)" : ""
        let place = token.map { "position \($0.position), token \($0)\n" } ?? ""
        show(.object(members + facts), "\(text)\(replay)\n\(place)")
    }

    /// One document.
    func showDocument<Value>(_ answer: Answer<Value>, _ json: JSON, _ text: String) {
        var members: [JSON.Member] = []
        if case .object(let own) = json { members = own }
        let token = answer.token
        members.append(
            JSON.Member(
                name: "position", value: token.map { JSON($0.position.rawValue) } ?? .null))
        let place = token.map { "position \($0.position)\n" } ?? ""
        show(.object(members), text + place)
    }
}

extension User {
    var json: JSON {
        [
            "user_id": JSON(id.rawValue), "email": .string(email), "name": .string(name),
            "registered_at": .string(registeredAt.isoText),
        ]
    }

    static let columns: [(heading: String, alignment: Table.Alignment)] = [
        ("USER", .right), ("EMAIL", .left), ("NAME", .left), ("REGISTERED", .left),
    ]

    var cells: [String] { [id.description, email, name, registeredAt.isoText] }
}

extension Product {
    var json: JSON {
        [
            "product_id": JSON(id.rawValue), "name": .string(name),
            "price_minor": .integer(price.minorUnits), "currency": .string(price.currency),
        ]
    }

    static let columns: [(heading: String, alignment: Table.Alignment)] = [
        ("PRODUCT", .right), ("NAME", .left), ("PRICE", .right),
    ]

    var cells: [String] { [id.description, name, price.description] }
}

extension Order {
    var json: JSON {
        [
            "order_id": JSON(id.rawValue), "user_id": JSON(userID.rawValue),
            "user_email": .string(userEmail), "user_name": .string(userName),
            "status": .string(status.rawValue), "total_minor": .integer(total.minorUnits),
            "currency": .string(total.currency), "created_at": .string(createdAt.isoText),
            "items": .array(items.map(\.json)),
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
    var text: String {
        var table = Table([
            ("PRODUCT", .right), ("NAME", .left), ("QUANTITY", .right), ("PRICE", .right),
        ])
        for item in items {
            table.add([
                item.productID?.description ?? "-", item.name, item.quantity.grouped,
                item.price.description,
            ])
        }
        let who = "\(userName) <\(userEmail)>".onOneLine
        return "order \(id), \(status.rawValue), created \(createdAt.isoText)\n"
            + "user \(userID), \(who)\n\n\(table.text)\ntotal \(total)\n"
    }
}

extension Order.Item {
    fileprivate var json: JSON {
        [
            "product_id": productID.map { JSON($0.rawValue) } ?? .null,
            "product_name": .string(name), "quantity": .integer(Int64(quantity)),
            "price_minor": .integer(price.minorUnits),
        ]
    }
}
