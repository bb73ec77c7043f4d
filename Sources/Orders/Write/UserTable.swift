internal import EventModel
internal import EventStore

/// The statements on users.
final class UserTable {
    private let insertRow: HotStatement
    private let selectRow: HotStatement
    private let updateEmail: HotStatement
    private let updateName: HotStatement

    struct Row: Equatable {
        let email: ExactText
        let name: ExactText
    }

    init(_ connection: WriteConnection) throws(StorageError) {
        insertRow = try connection.prepare(
            "INSERT INTO users (id, email, name) VALUES (?, ?, ?)")
        selectRow = try connection.prepare("SELECT email, name FROM users WHERE id = ?")
        updateEmail = try connection.prepare("UPDATE users SET email = ? WHERE id = ?")
        updateName = try connection.prepare("UPDATE users SET name = ? WHERE id = ?")
    }

    func row(_ id: Int64) throws(StorageError) -> Row? {
        selectRow.bind(1, id)
        return try selectRow.first { row throws(StorageError) in
            Row(email: ExactText(try row.text(at: 0)), name: ExactText(try row.text(at: 1)))
        }
    }

    /// A unique violation if the id or the address is taken.
    func insert(_ id: Int64, email: ExactText, name: ExactText) throws(StorageError) {
        insertRow.bind(1, id)
        insertRow.bind(2, email.value)
        insertRow.bind(3, name.value)
        try insertRow.execute()
    }

    /// A unique violation if the address is taken.
    func setEmail(_ email: ExactText, of id: Int64) throws(StorageError) {
        updateEmail.bind(1, email.value)
        updateEmail.bind(2, id)
        try updateEmail.execute()
    }

    func setName(_ name: ExactText, of id: Int64) throws(StorageError) {
        updateName.bind(1, name.value)
        updateName.bind(2, id)
        try updateName.execute()
    }
}
