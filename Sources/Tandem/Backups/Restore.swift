import ArgumentParser
import Foundation
import TandemCore
import TandemDomain
import WriteStore

/// Puts a copy of a write database in its place.
struct Restore: DomainCommand {
    static let configuration = CommandConfiguration(
        abstract: "Put a backup in the write database's place.",
        discussion: """
            The server has to be stopped. The backup is verified first, as deep as it goes; if it \
            isn't what was committed, nothing is changed. What is in the data directory gets other \
            names (….set-aside-…), nothing is deleted.

            What came behind the backup is lost, and other events will take its positions. So the \
            log has a new epoch from now on: tokens from before get EPOCH_CHANGED, and read \
            servers set their copies aside and rebuild them, those that run once they are \
            restarted.
            """)

    @Argument(help: "What `backup` has made.")
    var file: String

    @Option(name: .long, help: "The directory for the server's files; made if absent.")
    var data = "tandem-data"

    func run(_ domain: CheckedDomain) throws {
        let path = try DataDirectory(path: data).prepare(for: "write.sqlite")
        let now = Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
        let moved: [(old: String, new: String)]
        do throws(WriteStoreError) {
            moved = try LogBackup.restore(
                file, to: path, migrations: domain.migrations, now: now
            ) { try $0.prove(domain) }
        } catch {
            throw StartFailure(message: "\(error)")
        }
        let names = moved.map { "\($0.old) is called \($0.new) from now on\n" }.joined()
        try Output.write(names + "\(file) is restored; start the server\n")
    }
}
