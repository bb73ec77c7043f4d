import ArgumentParser
import TandemCore
import WriteStore

/// Copies the write database away.
struct Backup: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy the write database to a new file, while its server runs or not.",
        discussion: """
            The copy is one state of it, whatever is committed meanwhile: tables, events and kept \
            answers. No command waits for it, but the write-ahead log grows until it is made. The \
            file is on the disk when this ends with 0, and not there at all otherwise.

            Killed, it leaves a file whose name ends with unfinished and a number. `verify \
            --backup` tells whether the file is what was committed, `restore` puts it back.
            """)

    @Argument(help: "The new file.")
    var file: String

    @Option(name: .long, help: "The directory with the server's files.")
    var data = "tandem-data"

    /// By default writers notice nothing: as fast as it can be read, they had a third less.
    @Option(name: .long, help: "Read no more than this a second, in MiB.")
    var mebibytesPerSecond = 100

    func validate() throws {
        guard (1...100_000).contains(mebibytesPerSecond) else {
            throw ValidationError("--mebibytes-per-second is 1 to 100000.")
        }
    }

    func run() throws {
        var text: String
        do throws(WriteStoreError) {
            let made = try LogBackup.make(
                of: data + "/write.sqlite", at: file,
                bytesPerSecondMax: mebibytesPerSecond << 20)
            text = made.end.map {
                "\($0.position) events, the last digest \(HexText.of($0.digest)), "
            } ?? "events of an earlier release, "
            text += "\(made.byteCount) bytes\n"
        } catch {
            throw StartFailure(message: "\(error)")
        }
        try Output.write(text)
    }
}
