import ArgumentParser
import Foundation
import ProcessText

/// The servers' command line: argument parsing and composition only.
@main
struct TandemServer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tandem-server",
        abstract: "Commands in on one port, answers from another.",
        discussion: """
            all     both sides in one process: for a laptop or a small site
            write   the command port, the feed port, and the database
            read    the query port, fed by a write server; any number of them
            limits  list what --limit can set

            EXAMPLES
              tandem-server all --data ./data
              tandem-server write --data ./data
              tandem-server read --data ./copy --feed-address 127.0.0.1:7403

            When it is ready, it prints one line to standard output, "ready command=… query=… \
            feed=…", with the addresses that it listens on. Where the write side of "all" can't \
            start for now, as on a full disk, that line names the query port alone, and another \
            one follows when commands are taken. The log goes to standard error. \
            SIGTERM or Ctrl-C stops it: open calls finish first.

            EXIT CODES
              0   stopped by SIGTERM or Ctrl-C, or had nothing to do but print
              1   could not start; standard error says why, and what to do
              64  wrong arguments
              70  a commit failed, or the disk returned an error: nothing was
                  acknowledged that is not on disk
              72  the data directory, or a file in it, was removed or replaced
            """,
        version: "0.1.0",
        subcommands: [All.self, Write.self, Read.self, Limits.self],
        defaultSubcommand: All.self)

    static func main() async {
        do throws(ProcessText.NotUTF8) {
            await run(try ProcessText.arguments())
        } catch {
            end(ExitCode.validationFailure, "Error: \(error)")
        }
    }

    /// As ArgumentParser's own `main` does, but what it says holds arguments and file names, and
    /// those must not steer a terminal.
    private static func run(_ arguments: [String]) async {
        do {
            var command = try parseAsRoot(arguments)
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(exitCode(for: error), fullMessage(for: error))
        }
    }

    private static func end(_ code: ExitCode, _ text: String) -> Never {
        let output = code.isSuccess ? FileHandle.standardOutput : .standardError
        // Nobody reads it: the exit code says it, too.
        if !text.isEmpty { try? output.write(contentsOf: Data("\(text.onItsLines)\n".utf8)) }
        Foundation.exit(code.rawValue)
    }
}
