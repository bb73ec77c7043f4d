internal import EventModel
internal import EventStore

/// Gives ids to what comes without one, past those that callers have chosen. Writer's thread only.
///
/// The next automatic id is one more than the last automatic one, whatever callers choose: a
/// chosen id, however large, ends nothing for others. Chosen ids ahead of it are kept as runs
/// without a gap, so that the next free one is found in one step, however many there are. Both are
/// part of the command's transaction: a command that is turned down has taken no id.
final class IDTable {
    /// What has ids of its own.
    enum Kind: String, CaseIterable, Sendable {
        case user, product, order
    }

    private let selectLast: HotStatement
    private let updateLast: HotStatement
    private let selectRunFrom: HotStatement
    private let insertRun: HotStatement
    private let extendRun: HotStatement
    private let deleteRun: HotStatement
    private let selectRunAt: HotStatement

    /// Chosen ids, all of them from the first to the last.
    private struct Run {
        let first: Int64
        let last: Int64
    }

    init(_ connection: WriteConnection) throws(StorageError) {
        selectLast = try connection.prepare("SELECT last FROM automatic_ids WHERE kind = ?")
        updateLast = try connection.prepare("UPDATE automatic_ids SET last = ? WHERE kind = ?")
        selectRunFrom = try connection.prepare(
            """
            SELECT first, last FROM chosen_ids WHERE kind = ? AND first <= ?
            ORDER BY first DESC LIMIT 1
            """)
        selectRunAt = try connection.prepare(
            "SELECT first, last FROM chosen_ids WHERE kind = ? AND first = ?")
        insertRun = try connection.prepare(
            "INSERT INTO chosen_ids (kind, first, last) VALUES (?, ?, ?)")
        extendRun = try connection.prepare(
            "UPDATE chosen_ids SET last = ? WHERE kind = ? AND first = ?")
        deleteRun = try connection.prepare(
            "DELETE FROM chosen_ids WHERE kind = ? AND first = ?")
    }

    /// The id that was asked for, or the next automatic one.
    func take(_ requested: Int64?, of kind: Kind) throws(CommandFailure) -> Int64 {
        do throws(StorageError) {
            let last = try lastAutomatic(of: kind)
            if let requested {
                if requested > last { try note(requested, of: kind) }
                return requested
            }
            if let id = try next(after: last, of: kind) { return id }
        } catch {
            throw .storage(error)
        }
        throw .rejected(.noFreeID(kind.rawValue))
    }

    /// `nil` if all that follow are taken.
    private func next(after last: Int64, of kind: Kind) throws(StorageError) -> Int64? {
        guard last < .max else { return nil }
        var id = last + 1
        if let run = try run(from: id, of: kind), run.last >= id {
            guard run.last < .max else { return nil }
            id = run.last + 1
            try delete(run, of: kind)
        }
        updateLast.bind(1, id)
        updateLast.bind(2, kind.rawValue)
        try updateLast.execute()
        return id
    }

    /// Adds a chosen id to the runs, and joins those that it lies between.
    private func note(_ id: Int64, of kind: Kind) throws(StorageError) {
        let before = try run(from: id, of: kind)
        // Chosen before: the insert finds that out.
        if let before, before.last >= id { return }
        let after = id < .max ? try run(at: id + 1, of: kind) : nil
        if let after { try delete(after, of: kind) }
        let last = after?.last ?? id
        if let before, before.last == id - 1 {
            extendRun.bind(1, last)
            extendRun.bind(2, kind.rawValue)
            extendRun.bind(3, before.first)
            try extendRun.execute()
        } else {
            insertRun.bind(1, kind.rawValue)
            insertRun.bind(2, id)
            insertRun.bind(3, last)
            try insertRun.execute()
        }
    }

    private func lastAutomatic(of kind: Kind) throws(StorageError) -> Int64 {
        selectLast.bind(1, kind.rawValue)
        let last = try selectLast.first { row throws(StorageError) in
            let last = try row.int64(at: 0)
            guard last >= 0 else { throw .damagedRow("last is \(last)") }
            return last
        }
        guard let last else {
            throw .damagedRow("automatic_ids has no row of kind '\(kind.rawValue)'")
        }
        return last
    }

    /// The last run that begins at `id` or before it.
    private func run(from id: Int64, of kind: Kind) throws(StorageError) -> Run? {
        selectRunFrom.bind(1, kind.rawValue)
        selectRunFrom.bind(2, id)
        return try selectRunFrom.first(Self.run)
    }

    private func run(at id: Int64, of kind: Kind) throws(StorageError) -> Run? {
        selectRunAt.bind(1, kind.rawValue)
        selectRunAt.bind(2, id)
        return try selectRunAt.first(Self.run)
    }

    private static func run(_ row: HotStatement) throws(StorageError) -> Run {
        let run = Run(first: try row.int64(at: 0), last: try row.int64(at: 1))
        guard run.first > 0, run.first <= run.last else {
            throw .damagedRow("it goes from \(run.first) to \(run.last)")
        }
        return run
    }

    private func delete(_ run: Run, of kind: Kind) throws(StorageError) {
        deleteRun.bind(1, kind.rawValue)
        deleteRun.bind(2, run.first)
        try deleteRun.execute()
    }
}
