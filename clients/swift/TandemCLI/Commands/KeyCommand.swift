import ArgumentParser
import TandemClient
import TandemCore

/// `tandem key`
struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Make a key for a command that a script may have to repeat.",
        discussion: """
            The key holds the time: when the server may have forgotten the command's answer (after \
            24 hours, unless set otherwise), it refuses the key instead of doing it again.

            EXAMPLE
              key=$(tandem key)
              until tandem order place --user 1 --line 1:2 --key "$key"; do sleep 1; done
            """)

    @Flag(
        help: """
            Without the time: for a machine whose clock is wrong. The server can't tell that it \
            has forgotten such a key.
            """)
    var random = false
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let key = random ? ImportKey.fresh() : .fresh()
        options.show(["key": .string(key.description)], "\(key)\n")
    }
}
