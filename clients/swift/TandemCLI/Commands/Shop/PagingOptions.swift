package import ArgumentParser
package import TandemClient
import TandemCore

/// What every list takes.
package struct PagingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How many to a page, 1 to 1000. (default: 20, with --all 200)", valueName: "count"))
    package var pageSize: UInt32?
    @Option(
        help: ArgumentHelp(
            "Where to go on: the cursor that the page before printed.", valueName: "hex"))
    var cursor: CursorArgument?
    @Flag(help: "All pages, one after another.") var all = false

    package init() {}

    package func validate() throws {
        guard (1...1_000).contains(pageSize ?? 1) else {
            throw ValidationError("--page-size has to be from 1 to 1000.")
        }
    }

    /// Shows one page or all. With `--all` each page is written as it comes, and no more are asked
    /// for when nobody reads them; the columns of a page are aligned by themselves.
    ///
    /// - Parameter write: Where to; returns what ``Terminal/write(_:)`` does.
    package func show<Item>(
        _ options: GlobalOptions, name: String,
        columns: [(heading: String, alignment: Table.Alignment)],
        cells: (Item) -> [String], json: (Item) -> JSON,
        to write: (SafeText) -> Terminal.OutputFailure? = { Terminal.write($0) },
        fetch: (UInt32, PageCursor?) async throws(TandemError) -> Page<Item>
    ) async throws {
        var next = cursor?.cursor
        var list = JSONList(name: name)
        let size = pageSize ?? (all ? 200 : 20)
        while true {
            let failure: Terminal.OutputFailure?
            let page = try await fetch(size, next)
            next = page.next
            if options.json {
                failure = write(list.items(page.items.map(json)))
            } else {
                var table = Table(columns)
                for item in page.items { table.add(cells(item)) }
                failure = write(page.items.isEmpty && !all ? "no \(name)\n" : table.text)
            }
            guard failure == nil else { return }
            guard all, next != nil else {
                _ = write(end(options, list, page))
                return
            }
        }
    }

    private func end<Item>(
        _ options: GlobalOptions, _ list: JSONList, _ page: Page<Item>
    ) -> SafeText {
        let cursorText = page.next.map { CursorArgument.text(of: $0) }
        let position = page.token?.position.rawValue
        if options.json {
            return list.end([
                JSON.Member(name: "next_cursor", value: cursorText.map { .string($0) } ?? .null),
                JSON.Member(name: "position", value: position.map { JSON($0) } ?? .null),
            ])
        }
        var text: SafeText = cursorText.map { "more: --cursor \($0)\n" } ?? ""
        if let position { text += "position \(position)\n" }
        return text
    }
}
