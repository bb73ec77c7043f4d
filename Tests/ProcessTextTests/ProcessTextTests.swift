import ProcessText
import Testing

@Suite struct ProcessTextTests {
    @Test func `arguments in UTF-8 are taken as they are, byte by byte`() throws {
        let given = ["user", "Jose\u{301}", "Jos\u{E9}", ""]
        let taken = try ProcessText.text(ofArguments: given.map { Array($0.utf8) })
        #expect(taken.map { Array($0.utf8) } == given.map { Array($0.utf8) })
    }

    @Test func `an argument that is not UTF-8 is refused and named`() {
        let error = #expect(throws: ProcessText.NotUTF8.self) {
            try ProcessText.text(ofArguments: [
                Array("user".utf8), Array("--name".utf8), Array("Jos".utf8) + [0xE9, 0x1B],
            ])
        }
        #expect(error?.place == "argument 3 (after --name)")
        #expect(
            error?.description.hasPrefix(
                #"argument 3 (after --name) is not UTF-8: 'Jos\xE9\x1B'."#) == true)
    }

    @Test func `an argument that is not UTF-8 is named by its place where no option leads to it`() {
        let error = #expect(throws: ProcessText.NotUTF8.self) {
            try ProcessText.text(ofArguments: [Array("import".utf8), [0xFF]])
        }
        #expect(error?.place == "argument 2")
    }
}
