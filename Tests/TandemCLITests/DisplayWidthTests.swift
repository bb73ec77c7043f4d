import TandemCLI
import Testing

@Suite struct DisplayWidthTests {
    /// As the Python package wcwidth counts them, compared by hand.
    @Test(
        arguments: [
            ("", 0), ("abc", 3), ("é", 1), ("e\u{301}", 1), ("日本", 4), ("한", 2),
            ("\u{1112}\u{1161}\u{11AB}", 2), ("✅", 2), ("❤", 1), ("❤\u{FE0F}", 2), ("☎\u{FE0F}", 2),
            ("1\u{FE0F}\u{20E3}", 2), ("🇩🇪", 2), ("👨‍👩‍👧", 2), ("👍🏽", 2), ("\u{200B}", 0),
            ("a\u{200B}b", 2), ("\u{AD}", 1), ("ก็", 1), ("क्षि", 2), ("ｆｕ", 4), ("⁉\u{FE0F}", 2),
            ("🛒", 2), ("½", 1), ("\u{20000}", 2), ("\u{FEFF}x", 1), ("—", 1), ("„“", 2),
        ] as [(String, Int)])
    func `a text takes the columns that terminals give it`(text: String, width: Int) {
        #expect(text.displayWidth == width)
    }

    @Test func `columns stay in line under pictures, flags and invisible characters`() {
        var table = Table([("NAME", .left), ("N", .right)])
        for name in ["✅ done", "🇩🇪", "a\u{200B}b", "e\u{301}"] { table.add([name, "1"]) }
        #expect(
            table.text == """
                NAME     N
                ✅ done  1
                🇩🇪       1
                a\u{200B}b       1
                e\u{301}        1

                """)
    }
}
