import TandemCore
public import WriteStore

/// Gives ids to what comes without one, past those that callers have chosen.
///
/// The next automatic id is one more than the last automatic one, whatever callers choose: a
/// chosen id, however large, ends nothing for others. Chosen ids ahead of it are kept as runs
/// without a gap, so that the next free one is found in one step, however many there are. Both are
/// part of the command's transaction: a command that is turned down has taken no id.
///
/// ```swift
/// struct ShopTables: Tables {
///     let ids = AutomaticIDs()
/// }
/// …
/// let id = try db.ids.take(request.hasOrderID ? request.orderID : nil, of: "order")
/// ```
public struct AutomaticIDs: Tables {
    public init() {}

    /// Makes its two tables: one of the domain's ``Domain/migrations``.
    ///
    /// - Parameters:
    ///   - name: the migration's, as `shop.ids`.
    ///   - kinds: all that ids are given to, as `order`.
    public static func migration(_ name: String, kinds: [StaticString]) -> Migration {
        let rows = kinds.map { "('\($0)', 0)" }.joined(separator: ", ")
        return Migration(
            name,
            sql: """
                -- last: the last id that the server gave by itself.
                CREATE TABLE automatic_ids (
                    kind TEXT PRIMARY KEY,
                    last INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                INSERT INTO automatic_ids (kind, last) VALUES \(rows);

                -- Runs without a gap of ids after it that callers have chosen.
                CREATE TABLE chosen_ids (
                    kind TEXT NOT NULL,
                    first INTEGER NOT NULL,
                    last INTEGER NOT NULL,
                    PRIMARY KEY (kind, first)
                ) STRICT, WITHOUT ROWID;
                """)
    }

    private let last = Select<Int64>("SELECT last FROM automatic_ids WHERE kind = ?")
    private let setLast = Statement("UPDATE automatic_ids SET last = ? WHERE kind = ?")
    /// The last run that begins at an id or before it.
    private let runFrom = Select<Int64, Int64>(
        """
        SELECT first, last FROM chosen_ids WHERE kind = ? AND first <= ?
        ORDER BY first DESC LIMIT 1
        """)
    private let runAt = Select<Int64, Int64>(
        "SELECT first, last FROM chosen_ids WHERE kind = ? AND first = ?")
    private let insertRun = Statement("INSERT INTO chosen_ids (kind, first, last) VALUES (?, ?, ?)")
    private let extendRun = Statement("UPDATE chosen_ids SET last = ? WHERE kind = ? AND first = ?")
    private let deleteRun = Statement("DELETE FROM chosen_ids WHERE kind = ? AND first = ?")

    /// The id that was asked for, or the next automatic one of `kind`: from 1 to 2^63 - 1.
    ///
    /// Whether an id that was asked for is taken, the insert with it finds out.
    ///
    /// - Throws: a rejection (FAILED_PRECONDITION, NO_FREE_ID) when every id after the last
    ///   automatic one is taken; what SQLite says, and of a kind that the migration doesn't name.
    public func take(_ requested: Int64?, of kind: String) throws -> Int64 {
        guard let last = try last(kind) else {
            throw StorageError.damagedRow("automatic_ids has no row of kind '\(kind)'")
        }
        guard last >= 0 else {
            throw StorageError.damagedRow("automatic_ids WHERE kind = '\(kind)': last is \(last)")
        }
        if let requested {
            if requested > last { try note(requested, of: kind) }
            return requested
        }
        guard let id = try next(after: last, of: kind) else {
            throw Rejection.refused(
                "NO_FREE_ID",
                "every \(kind) id after the last automatic one is taken; choose a free one",
                metadata: ["field": "\(kind)_id"])
        }
        return id
    }

    /// `nil` if all that follow are taken.
    private func next(after last: Int64, of kind: String) throws -> Int64? {
        guard last < .max else { return nil }
        var id = last + 1
        if let run = try checked(runFrom(kind, id), kind), run.last >= id {
            guard run.last < .max else { return nil }
            id = run.last + 1
            try deleteRun(kind, run.first)
        }
        try setLast(id, kind)
        return id
    }

    /// Adds a chosen id to the runs, and joins those that it lies between.
    private func note(_ id: Int64, of kind: String) throws {
        let before = try checked(runFrom(kind, id), kind)
        // Chosen before: the insert finds that out.
        if let before, before.last >= id { return }
        let after = id < .max ? try checked(runAt(kind, id + 1), kind) : nil
        if let after { try deleteRun(kind, after.first) }
        let last = after?.last ?? id
        if let before, before.last == id - 1 {
            try extendRun(last, kind, before.first)
        } else {
            try insertRun(kind, id, last)
        }
    }

    private func checked(
        _ run: (first: Int64, last: Int64)?, _ kind: String
    ) throws -> (first: Int64, last: Int64)? {
        guard let run else { return nil }
        guard run.first > 0, run.first <= run.last else {
            throw StorageError.damagedRow(
                "chosen_ids WHERE kind = '\(kind)': it goes from \(run.first) to \(run.last)")
        }
        return run
    }
}
