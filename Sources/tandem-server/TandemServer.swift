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
            feed=…", with the addresses that it listens on. The log goes to standard error. \
            SIGTERM or Ctrl-C stops it: open calls finish first.
            """,
        version: "0.1.0",
        subcommands: [All.self, Write.self, Read.self, Limits.self],
        defaultSubcommand: All.self)

    static func main() async {
        do throws(ProcessText.NotUTF8) {
            await main(try ProcessText.arguments())
        } catch {
            FileHandle.standardError.write(Data("error: \(error)\n".utf8))
            Foundation.exit(2)
        }
    }
}
