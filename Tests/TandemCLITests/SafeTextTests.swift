import Foundation
import OrdersClient
import ProcessText
import TandemCLI
import TandemClient
import TandemCore
import Testing

@Suite struct SafeTextTests {
    /// Everything that could steer a terminal or forge what is read.
    private static let hostile: [Unicode.Scalar] =
        (Array(0...0x1F) + Array(0x7F...0x9F) + Array(0x2028...0x202E) + Array(0x2066...0x2069)
        + [0x061C, 0x200E, 0x200F] as [UInt32]).compactMap(Unicode.Scalar.init)

    @Test func `what is interpolated can't steer the terminal, forge a line or turn the text`() {
        #expect(Self.hostile.count == 79)
        for scalar in Self.hostile {
            let shown = ("<\(String(scalar))>" as SafeText).string
            #expect(shown == "< >" || shown == "<\u{FFFD}>", "U+\(String(scalar.value, radix: 16))")
        }
        #expect(("a\(1)\("é✅ b")\n" as SafeText).string == "a1é✅ b\n")
    }

    @Test func `a text of several lines keeps its lines only`() {
        #expect(SafeText(lines: "a\r\nb\u{1B}[1m\n").string == "a \nb\u{FFFD}[1m\n")
    }

    @Test func `JSON escapes all of it, and is read back as it was`() throws {
        for scalar in Self.hostile {
            let text = "<\(scalar)>"
            let json = JSON.array([.string(text)]).compactText
            #expect(!json.unicodeScalars.contains { $0.isUnsafeToShow })
            #expect(try JSONDecoder().decode([String].self, from: Data(json.utf8)) == [text])
        }
        #expect(JSON.string("\u{1B}[31m\u{202E}").compactText == #""\u001b[31m\u202e""#)
    }

    @Test func `a server's words in an error are shown as safely as data`() {
        let error = TandemError(
            code: .notFound, reason: "R\u{1B}", message: "no\u{202E}thing\nerror: forged",
            metadata: ["k\u{9B}": "v\u{7}"], retry: .never)
        #expect(
            error.advice
                == "error: no\u{FFFD}thing error: forged (R\u{FFFD}, k\u{FFFD} v\u{FFFD})\n")
    }

    @Test func `who asks a read side that is being built is told where its progress is shown`() {
        let error = TandemError(
            code: .unavailable, reason: "READ_MODEL_BUILDING", message: "being built",
            retry: .later(.seconds(4)))
        #expect(
            error.advice.string.hasSuffix(
                "\nThe read side is being built; `tandem status` shows how far it is.\n"))
    }

    @Test func `a key that is too old because of a wrong clock is told with the difference`() {
        func advice(serverTime: String) -> String {
            TandemError(
                code: .failedPrecondition, reason: "KEY_EXPIRED", message: "old",
                metadata: ["server_time_ms": serverTime], retry: .never
            ).advice(now: Timestamp(microseconds: 1_483_271_606_000_000)).string
        }
        // 25 hours later.
        let told = advice(serverTime: "1483361606000")
        #expect(told.contains("clock says 2017-01-01T11:53:26Z, the server's 2017-01-02T12:53:26Z"))
        #expect(told.contains("25:00:00 (hours:minutes:seconds) later"))
        for unhelpful in ["1483271607000", "x", "9223372036854775807"] {
            #expect(!advice(serverTime: unhelpful).contains("clock says"))
        }
    }

    @Test func `a problem of an import is shown as safely as data`() {
        let problem = CSVProblem(
            file: "a\u{1B}.csv", line: 1, column: 2, reason: "'x\u{7}@y' found")
        #expect(("\(problem)\n" as SafeText) == "a\u{FFFD}.csv:1:2: 'x\u{FFFD}@y' found\n")
    }

    @Test func `a list written in pieces reads like the whole object`() {
        let items: [JSON] = [["a": .count(1)], ["a": .uint64(2)], [:]]
        for split in 0...items.count {
            var list = JSONList(name: "users")
            var text = list.items(Array(items[..<split]))
            text += list.items(Array(items[split...]))
            text += list.end([JSON.Member(name: "next_cursor", value: ["x": .null])])
            let whole: JSON = ["users": .array(items), "next_cursor": ["x": .null]]
            #expect(text == SafeText(whole))
        }
        var empty = JSONList(name: "users")
        let text = empty.items([]) + empty.end([])
        #expect(text == SafeText(["users": []]))
    }

    @Test func `what was done and could not be written is told with its key`() {
        let key = IdempotencyKey(high: 1, low: 2)
        let lost = LostResult(reason: "Broken pipe", key: key)
        #expect(
            lost.text("order 1 placed\nposition 3, token x\n")
                == """
                error: it was done, but standard output could not be written (Broken pipe). The \
                result:
                order 1 placed
                position 3, token x
                key 00000000000000010000000000000002
                To see the result again, repeat it with --key 00000000000000010000000000000002: \
                it then still happens once in all. Without that key it happens a second time.

                """)
        let json = lost.json(["order_id": .uint64(1)]).compactText
        #expect(json.contains(#""code":"OK","reason":"OUTPUT_NOT_WRITTEN""#))
        #expect(json.hasSuffix(#""result":{"order_id":"1"}}"#))
    }
}
