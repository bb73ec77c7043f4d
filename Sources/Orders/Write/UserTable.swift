internal import EventStore

/// The statements on users.
final class UserTable {
    private let insertRow: HotStatement
    private let selectRow: HotStatement
    private let updateEmail: HotStatement
    private let updateName: HotStatement
    private let selectLastID: HotStatement

    struct Row: Equatable {
        let email: String
        let name: String
    }

    init(_ connection: WriteConnection) throws(StorageError) {
        insertRow = try connection.prepare(
            "INSERT INTO users (id, email, name) VALUES (?, ?, ?)")
        selectRow = try connection.prepare("SELECT email, name FROM users WHERE id = ?")
        updateEmail = try connection.prepare("UPDATE users SET email = ? WHERE id = ?")
        updateName = try connection.prepare("UPDATE users SET name = ? WHERE id = ?")
        selectLastID = try connection.prepare("SELECT ifnull(max(id), 0) FROM users")
    }

    /// 0 if there is none.
    func lastID() throws(StorageError) -> Int64 {
        try selectLastID.first { $0.int64(at: 0) } ?? 0
    }

    func row(_ id: Int64) throws(StorageError) -> Row? {
        selectRow.bind(1, id)
        return try selectRow.first { Row(email: $0.text(at: 0), name: $0.text(at: 1)) }
    }

    /// A unique violation if the id or the address is taken.
    func insert(_ id: Int64, email: String, name: String) throws(StorageError) {
        insertRow.bind(1, id)
        insertRow.bind(2, email)
        insertRow.bind(3, name)
        try insertRow.execute()
    }

    /// A unique violation if the address is taken.
    func setEmail(_ email: String, of id: Int64) throws(StorageError) {
        updateEmail.bind(1, email)
        updateEmail.bind(2, id)
        try updateEmail.execute()
    }

    func setName(_ name: String, of id: Int64) throws(StorageError) {
        updateName.bind(1, name)
        updateName.bind(2, id)
        try updateName.execute()
    }
}
