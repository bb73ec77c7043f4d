/// The statements around a group and around each of its commands.
final class TransactionControl {
    let begin: PreparedStatement
    let commit: PreparedStatement
    let rollBack: PreparedStatement
    let savepoint: PreparedStatement
    let release: PreparedStatement
    /// Undoes what was done since the savepoint, which stays open.
    let rollBackToSavepoint: PreparedStatement

    init(_ connection: WriteConnection) throws(StorageError) {
        // Takes the write lock at once: a lock that is taken at the first write can fail in the
        // middle of the group.
        begin = try connection.prepare("BEGIN IMMEDIATE")
        commit = try connection.prepare("COMMIT")
        rollBack = try connection.prepare("ROLLBACK")
        savepoint = try connection.prepare("SAVEPOINT command")
        release = try connection.prepare("RELEASE command")
        rollBackToSavepoint = try connection.prepare("ROLLBACK TO command")
    }
}
