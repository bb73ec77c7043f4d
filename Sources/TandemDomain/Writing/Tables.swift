import WriteStore

/// A domain's statements on its tables, made once and used by all of its commands.
///
/// Its stored properties are ``Statement``s and ``Select``s with their SQL. All of them are
/// prepared when the server starts, so that a mistake in one is told then:
///
/// ```swift
/// struct AccountTables: Tables {
///     let balance = Select<Int64>("SELECT balance_minor FROM accounts WHERE id = ?")
///     let close = Statement("DELETE FROM accounts WHERE id = ? AND balance_minor = 0")
/// }
/// ```
///
/// Used on the writer's thread only, by one command after the other.
public protocol Tables: SendableMetatype {
    /// Makes the statements. Called once, on the writer's thread.
    init()
}

/// The tables of a domain that has none: its state is folded from its events.
public struct NoTables: Tables {
    public init() {}
}

/// Prepares the statements that are made while it is the current one.
///
/// Unchecked: used by the thread that made it, and by no other.
final class Preparation: @unchecked Sendable {
    @TaskLocal static var current: Preparation?

    private let connection: WriteConnection
    private(set) var failure: StorageError?

    init(_ connection: WriteConnection) {
        self.connection = connection
    }

    /// Tables with all of their statements.
    func make<Made: Tables>(_ type: Made.Type) throws(StorageError) -> Made {
        let tables = Self.$current.withValue(self) { Made() }
        if let failure { throw failure }
        return tables
    }

    func prepare(_ sql: String, columnCount: Int?) -> PreparedStatement? {
        do throws(StorageError) {
            guard Self.isAboutRows(sql) else {
                throw StorageError.mistake(
                    """
                    it is none of SELECT, INSERT, REPLACE, UPDATE, DELETE, WITH and VALUES; tables \
                    are made by migrations, and the server begins and ends transactions
                    """)
            }
            let statement = try connection.prepare(sql)
            if let columnCount, statement.columnCount != columnCount {
                throw StorageError.mistake(
                    """
                    a row of it has \(statement.columnCount) values, and its Select names \
                    \(columnCount) types
                    """)
            }
            return statement
        } catch {
            failure = failure ?? error.adding(sql)
            return nil
        }
    }
}

extension Preparation {
    /// Whether a statement does nothing but read or change rows: of what else it did, tables or
    /// transactions, the writer wouldn't know.
    private static func isAboutRows(_ sql: String) -> Bool {
        var rest = sql[...]
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == ";" }
            if rest.hasPrefix("--") {
                rest = rest.drop { $0 != "\n" && $0 != "\r\n" }
            } else if rest.hasPrefix("/*") {
                guard let end = rest.dropFirst(2).firstRange(of: "*/") else { return false }
                rest = rest[end.upperBound...]
            } else {
                return words.contains(rest.prefix { $0.isLetter }.uppercased())
            }
        }
    }

    private static let words: Set = [
        "SELECT", "INSERT", "REPLACE", "UPDATE", "DELETE", "WITH", "VALUES",
    ]
}

extension StorageError {
    fileprivate func adding(_ sql: String) -> StorageError {
        .mistake("the statement \"\(sql)\" can't be used: \(message)")
    }
}
