import ArgumentParser
import TandemCLI
import TandemClient
import TandemCore
import Testing

@Suite struct PagingTests {
    /// What a list of ten pages of one item writes, and the size of each page asked for.
    private func show(
        _ words: [String], failingAt failing: Int = .max
    ) async throws -> (written: [String], sizes: [UInt32]) {
        let paging = try PagingOptions.parse(words.filter { $0 != "--json" })
        let options = try GlobalOptions.parse(words.contains("--json") ? ["--json"] : [])
        var written: [String] = []
        var sizes: [UInt32] = []
        func fetch(_ size: UInt32, _: PageCursor?) async throws(TandemError) -> Page<Int> {
            sizes.append(size)
            return Page(
                items: [sizes.count], next: sizes.count < 10 ? PageCursor(bytes: [1]) : nil,
                token: nil, age: nil)
        }
        try await paging.show(
            options, name: "items", columns: [("N", .left)], cells: { [String($0)] },
            json: { JSON($0 as Int) },
            to: {
                written.append($0.string)
                return written.count < failing
                    ? nil : Terminal.OutputFailure(reason: "full", isBrokenPipe: true)
            }, fetch: fetch)
        return (written, sizes)
    }

    @Test(arguments: [["--all"], ["--all", "--json"]])
    func `a page is written before the next is asked for, and none after nobody reads`(
        words: [String]
    ) async throws {
        let all = try await show(words)
        #expect(all.sizes.count == 10)
        #expect(all.written.count == 11)
        let cut = try await show(words, failingAt: 3)
        #expect(cut.sizes.count == 3)
        #expect(cut.written.count == 3)
    }

    @Test func `the size that was asked for is kept, with --all too`() async throws {
        #expect(try await show([]).sizes == [20])
        #expect(try await show(["--all"]).sizes.first == 200)
        #expect(try await show(["--all", "--page-size", "5"]).sizes.first == 5)
    }

    @Test func `all pages in JSON are one document`() async throws {
        let text = try await show(["--all", "--json"]).written.joined()
        let whole: JSON = [
            "items": .array((1...10).map { .count($0) }), "next_cursor": .null, "position": .null,
        ]
        #expect(text == whole.text)
    }
}
