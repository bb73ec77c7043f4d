import ArgumentParser
import TandemClient

/// `tandem describe`
struct DescribeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "describe",
        abstract: "What a server can be called with, whatever its domain.",
        discussion: """
            Without a method: all of them. With one: the fields of its messages in JSON, with \
            their types and comments, and an example for `tandem call`.

            EXAMPLES
              tandem describe
              tandem describe PlaceOrder
              tandem describe tandem.orders.v1.OrderCommands/PlaceOrder --json
            """)

    @Argument(help: "The method, in full or without what is before the last /.")
    var method: String?
    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let directory = try await MethodDirectory.fetch(options)
        if let method {
            let text = MethodText(method: try directory.method(method), files: directory.files)
            return options.show(text.json, text.text)
        }
        let texts = directory.methods.map { MethodText(method: $0, files: directory.files) }
        var table = Table(MethodText.columns)
        for text in texts { table.add(text.cells) }
        options.show(
            ["methods": .array(texts.map(\.json))],
            table.text + "\nmore of one: tandem describe METHOD\n")
    }
}
