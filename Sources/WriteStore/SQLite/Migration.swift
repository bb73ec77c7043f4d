/// One step of a database's schema: run once, in order, in a transaction of its own, and never
/// edited afterwards: a database on which another text has run isn't opened.
public struct Migration: Hashable, Sendable {
    /// Unique among all migrations of the database, for example `orders.1`; recorded in it.
    public let name: String
    /// One or more statements, each ended by a semicolon.
    public let sql: String

    /// - Parameters: see ``name`` and ``sql``.
    public init(_ name: String, sql: String) {
        self.name = name
        self.sql = sql
    }
}
