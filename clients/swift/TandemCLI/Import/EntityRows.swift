import OrdersClient
import TandemClient

/// Products or users: one row each.
package struct EntityRows: ImportRows {
    private let kind: ImportKind
    private var reader: CSVReader
    private let columns: ColumnMap

    /// For users or products; orders have rows of their own, ``OrderRows``.
    package init(_ kind: ImportKind, _ reader: CSVReader) throws(ImportFailure) {
        self.kind = kind
        self.reader = reader
        columns = try ColumnMap(
            kind == .users
                ? ["user_id", "email", "name"] : ["product_id", "name", "price_minor", "currency"],
            of: &self.reader)
    }

    package var consumedByteCount: Int { reader.consumedByteCount }

    package mutating func next() throws(FileFailure) -> ImportItem? {
        do throws(CSVReadFailure) {
            guard try reader.next() else { return nil }
        } catch {
            switch error {
            case .file(let failure): throw failure
            case .malformed(let problem, _): return .bad([problem])
            }
        }
        if let problem = columns.problem(with: reader) { return .bad([problem]) }
        do throws(CSVProblem) {
            let content = kind == .users ? try user() : try product()
            return .entity(
                ImportEntity(content, file: reader.file, line: reader.line, lineLast: reader.line))
        } catch {
            return .bad([error])
        }
    }

    private func user() throws(CSVProblem) -> ImportEntity.Content {
        .user(
            NewUser(
                id: UserID(rawValue: try reader.id(columns[0], "user_id")),
                email: try reader.requiredText(columns[1], "email"),
                name: try reader.requiredText(columns[2], "name")))
    }

    private func product() throws(CSVProblem) -> ImportEntity.Content {
        .product(
            NewProduct(
                id: ProductID(rawValue: try reader.id(columns[0], "product_id")),
                name: try reader.requiredText(columns[1], "name"),
                price: Money(
                    minorUnits: try reader.money(columns[2], "price_minor"),
                    currency: try reader.currency(columns[3]))))
    }
}
