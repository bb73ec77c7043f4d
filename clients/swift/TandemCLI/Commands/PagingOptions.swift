import ArgumentParser
import EventModel
import TandemClient

/// What every list takes.
struct PagingOptions: ParsableArguments {
    @Option(help: "How many to a page, 1 to 1000.") var pageSize: UInt32 = 20
    @Option(
        help: ArgumentHelp(
            "Where to go on: the cursor that the page before printed.", valueName: "hex"))
    var cursor: CursorArgument?
    @Flag(help: "All pages, one after another.") var all = false

    init() {}

    func validate() throws {
        guard (1...1_000).contains(pageSize) else {
            throw ValidationError("--page-size has to be from 1 to 1000.")
        }
    }

    /// Shows one page or all. With `--all` people see each page as it comes; the columns of a page
    /// are aligned by themselves.
    func show<Item>(
        _ options: GlobalOptions, name: String,
        columns: [(heading: String, alignment: Table.Alignment)],
        cells: (Item) -> [String], json: (Item) -> JSON,
        fetch: (UInt32, PageCursor?) async throws(TandemError) -> Page<Item>
    ) async throws {
        var next = cursor?.cursor
        var gathered: [JSON] = []
        let size = all ? max(pageSize, 200) : pageSize
        while true {
            let page = try await fetch(size, next)
            next = page.next
            if options.json {
                gathered += page.items.map(json)
            } else {
                var table = Table(columns)
                for item in page.items { table.add(cells(item)) }
                Terminal.write(page.items.isEmpty && !all ? "no \(name)\n" : table.text)
            }
            guard all, next != nil else {
                showEnd(options, name: name, gathered, page)
                return
            }
        }
    }

    private func showEnd<Item>(
        _ options: GlobalOptions, name: String, _ gathered: [JSON], _ page: Page<Item>
    ) {
        let cursorText = page.next.map { CursorArgument.text(of: $0) }
        let position = page.token?.position.rawValue
        if options.json {
            let object: JSON = .object([
                JSON.Member(name: name, value: .array(gathered)),
                JSON.Member(name: "next_cursor", value: cursorText.map { .string($0) } ?? .null),
                JSON.Member(name: "position", value: position.map { JSON($0) } ?? .null),
            ])
            Terminal.write(object.text)
            return
        }
        if let cursorText { Terminal.write("more: --cursor \(cursorText)\n") }
        if let position { Terminal.write("position \(position)\n") }
    }
}
