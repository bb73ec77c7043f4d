import OrdersClient
import TandemClient
import TandemCore

/// Orders: one row for each line, the rows of an order one after another.
///
/// An order with a bad row is left out whole: an order that lacks a line would be wrong, and
/// nobody would see it. If a row is so broken that its order can't be told, the orders before and
/// after it are both left out, unless they are one.
package struct OrderRows: ImportRows {
    private var reader: CSVReader
    private let columns: ColumnMap
    private var present: OpenOrder?
    /// A broken row of an unknown order has just been read.
    private var isNextSuspect = false
    private var isAtEnd = false

    private enum Column {
        static let names = [
            "order_id", "user_id", "placed_at", "product_id", "description", "quantity",
            "price_minor", "currency",
        ]
        static let orderID = 0
        static let userID = 1
        static let placedAt = 2
        static let productID = 3
        static let description = 4
        static let quantity = 5
        static let price = 6
        static let currency = 7
    }

    fileprivate struct OpenOrder: Sendable {
        let id: UInt64
        let line: Int
        var lineLast: Int
        var problems: [CSVProblem] = []
        var order: NewOrder?
        // As they stand in the first row: the same in each further row costs no parsing.
        var userBytes: [UInt8] = []
        var timeBytes: [UInt8] = []
        var currencyBytes: [UInt8] = []
    }

    package init(_ reader: CSVReader) throws(ImportFailure) {
        self.reader = reader
        columns = try ColumnMap(Column.names, of: &self.reader)
    }

    package var consumedByteCount: Int { reader.consumedByteCount }

    package mutating func next() throws(FileFailure) -> ImportItem? {
        while !isAtEnd {
            let finished = try readRow()
            if let finished { return finished.item(file: reader.file) }
        }
        defer { present = nil }
        return present?.item(file: reader.file)
    }

    /// Returns the order that the row showed to be complete.
    private mutating func readRow() throws(FileFailure) -> OpenOrder? {
        do throws(CSVReadFailure) {
            guard try reader.next() else {
                isAtEnd = true
                return nil
            }
        } catch {
            switch error {
            case .file(let failure): throw failure
            case .malformed(let problem, let firstField):
                // Only the default order of columns lets us tell from what is left of the row.
                return takeBroken(problem, id: columns[Column.orderID] == 0 ? firstField : "")
            }
        }
        if let problem = columns.problem(with: reader) {
            let index = columns[Column.orderID]
            return takeBroken(
                problem, id: index < reader.fieldCount ? reader.text(index) ?? "" : "")
        }
        guard let id = reader.unsigned(columns[Column.orderID], limit: UInt64(Int64.max)), id > 0
        else {
            let problem = reader.unexpected(
                columns[Column.orderID], "order_id", "a whole number from 1 to 2^63 - 1")
            return takeBroken(problem, id: "")
        }
        return takeRow(id: id)
    }

    private mutating func takeRow(id: UInt64) -> OpenOrder? {
        let finished = begin(id: id, line: reader.line)
        do throws(CSVProblem) {
            try readFields()
        } catch {
            present?.problems.append(error)
        }
        return finished
    }

    private mutating func takeBroken(_ problem: CSVProblem, id text: String) -> OpenOrder? {
        if let id = OrderID(text) {
            let finished = begin(id: id.rawValue, line: problem.line)
            present?.problems.append(problem)
            present?.lineLast = problem.line
            return finished
        }
        isNextSuspect = true
        guard present != nil else {
            // Nothing before it: an order of no name, so that the problem is told.
            present = OpenOrder(id: 0, line: problem.line, lineLast: problem.line)
            present?.problems = [problem]
            return nil
        }
        present?.problems.append(problem)
        return nil
    }

    /// Makes the order of this id the present one and returns the one before, if it is another.
    private mutating func begin(id: UInt64, line: Int) -> OpenOrder? {
        defer { isNextSuspect = false }
        guard present?.id != id else { return nil }
        let finished = present
        present = OpenOrder(id: id, line: line, lineLast: line)
        if isNextSuspect {
            let reason =
                "order \(id): left out too, because the broken row before it may be one of its own"
            present?.problems = [
                CSVProblem(file: reader.file, line: line, column: nil, reason: reason)
            ]
        }
        return finished
    }

    // MARK: Fields

    private mutating func readFields() throws(CSVProblem) {
        guard var order = present else { return }
        // Taken out, so that adding a line changes the order in place.
        present = nil
        defer { present = order }
        order.lineLast = reader.line
        if order.order == nil {
            // Once its first row was bad, the rest is only looked at for further problems.
            if order.problems.isEmpty { try readHead(&order) }
        } else {
            try check(Column.userID, is: order.userBytes)
            try check(Column.placedAt, is: order.timeBytes)
            try check(Column.currency, is: order.currencyBytes)
        }
        let line = try readLine()
        order.order?.lines.append(line)
    }

    private func readHead(_ order: inout OpenOrder) throws(CSVProblem) {
        let user = try reader.id(columns[Column.userID], "user_id")
        let timeBytes = reader.bytes(columns[Column.placedAt])
        guard let time = Timestamp(isoText: timeBytes) else {
            throw reader.unexpected(
                columns[Column.placedAt], "placed_at", "a time like 2017-01-01T11:53:26Z")
        }
        let currency = try reader.currency(columns[Column.currency])
        order.userBytes = reader.bytes(columns[Column.userID])
        order.timeBytes = timeBytes
        order.currencyBytes = Array(currency.utf8)
        order.order = NewOrder(
            id: OrderID(rawValue: order.id), userID: UserID(rawValue: user), currency: currency,
            lines: [], createdAt: time)
    }

    private func readLine() throws(CSVProblem) -> NewOrder.Line {
        let limit: UInt64 = 1_000_000
        guard let quantity = reader.unsigned(columns[Column.quantity], limit: limit) else {
            throw reader.unexpected(
                columns[Column.quantity], "quantity", "a whole number from 0 to 1,000,000")
        }
        let price =
            reader.isEmpty(columns[Column.price])
            ? nil : try reader.money(columns[Column.price], "price_minor")
        return try namedLine(quantity: UInt32(quantity), price: price)
    }

    private func namedLine(quantity: UInt32, price: Int64?) throws(CSVProblem) -> NewOrder.Line {
        let description = columns[Column.description]
        guard reader.isEmpty(columns[Column.productID]) else {
            let id = try reader.id(columns[Column.productID], "product_id")
            guard reader.isEmpty(description) else {
                throw reader.problem(
                    "description: has to be empty, since the row has a product_id",
                    field: description)
            }
            return .product(ProductID(rawValue: id), quantity: quantity, priceMinorUnits: price)
        }
        guard !reader.isEmpty(description) else {
            throw reader.problem(
                "description: is empty, but needed where product_id is empty", field: description)
        }
        let text = try reader.requiredText(description, "description")
        guard let price else {
            throw reader.problem(
                "price_minor: is empty, but needed where product_id is empty",
                field: columns[Column.price])
        }
        return .other(text, quantity: quantity, priceMinorUnits: price)
    }

    private func check(_ column: Int, is bytes: [UInt8]) throws(CSVProblem) {
        guard !reader.field(columns[column], equals: bytes) else { return }
        throw reader.unexpected(
            columns[column], Column.names[column],
            "'\(String(decoding: bytes, as: UTF8.self))' as in the order's first row")
    }
}

extension OrderRows.OpenOrder {
    fileprivate func item(file: String) -> ImportItem {
        guard problems.isEmpty, let order else { return .bad(problems) }
        return .entity(ImportEntity(.order(order), file: file, line: line, lineLast: lineLast))
    }
}
