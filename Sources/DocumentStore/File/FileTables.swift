internal import GRDB

// The tables of a snapshot file: a file that has others, or anything that runs by itself, was not
// made by us.
extension FileFormat {
    private static let tables = [
        """
        CREATE TABLE snapshot (
            id INTEGER PRIMARY KEY CHECK (id = 1), format INTEGER NOT NULL,
            schema TEXT NOT NULL, epoch INTEGER, position INTEGER,
            known_position INTEGER, digest BLOB)
        """,
        """
        CREATE TABLE dictionaries (
            number INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, bytes BLOB NOT NULL)
        """,
        """
        CREATE TABLE documents (
            collection INTEGER NOT NULL, key BLOB NOT NULL, encoding INTEGER NOT NULL,
            raw_byte_count INTEGER NOT NULL, index_keys BLOB NOT NULL,
            body BLOB NOT NULL, position INTEGER NOT NULL,
            checksum INTEGER NOT NULL,
            PRIMARY KEY (collection, key)) WITHOUT ROWID
        """,
        """
        CREATE TABLE unfinished (
            position INTEGER PRIMARY KEY, stream TEXT NOT NULL,
            version INTEGER NOT NULL, type TEXT NOT NULL, payload BLOB NOT NULL,
            metadata BLOB NOT NULL, recorded_at INTEGER NOT NULL,
            checksum INTEGER NOT NULL)
        """,
    ]

    static func createTables(_ connection: Database) throws {
        for table in tables { try connection.execute(sql: table) }
    }

    /// Refuses tables that are not exactly ours, and triggers, views and indexes, none of which we
    /// make: they would run, or fail, inside our transactions.
    static func checkTables(_ connection: Database, path: String) throws {
        // What SQLite makes by itself (statistics) has names of its own.
        let found = try String.fetchSet(
            connection,
            sql: """
                SELECT sql FROM sqlite_master WHERE sql IS NOT NULL
                AND NOT (type = 'table' AND name LIKE 'sqlite!_%' ESCAPE '!')
                """)
        guard found == Set(tables) else {
            throw DocumentFileError.damaged(
                path: path, detail: "its tables are not those that a snapshot file is made with")
        }
    }
}
