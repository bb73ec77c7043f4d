import Logging
import ProcessText
import Synchronization
import Testing

@Suite struct OneLineTests {
    @Test func `a log line stays one line and steers no terminal, whatever a peer says`() {
        let lines = Written()
        var logger = Logger(label: "test") { label in
            StreamLogHandler(label: label, stream: LogLineStream { lines.add($0) })
        }
        let hostile = "\u{1B}[2J\u{7}gone\r\n2026 critical: forged\u{202E}\u{2028}"
        logger[metadataKey: "peer"] = "\(hostile)"
        logger.warning(
            "it says \(hostile)", metadata: ["reason": "\(hostile)", "more": ["\(hostile)"]])
        logger.notice("plain: é, 日本, \u{1F600}")
        #expect(lines.all.count == 2)
        for line in lines.all {
            #expect(line.hasSuffix("\n"))
            #expect(!line.unicodeScalars.dropLast().contains { $0.isUnsafeToShow }, "\(line)")
        }
        #expect(lines.all.first?.contains("it says \u{FFFD}[2J\u{FFFD}gone  2026") == true)
        #expect(lines.all.last?.hasSuffix("plain: é, 日本, \u{1F600}\n") == true)
    }

    @Test func `line feeds that are meant stay, and nothing else does`() {
        #expect("Error: \u{1B}a\r\nUsage:\n\n b\u{85}".onItsLines
            == "Error: \u{FFFD}a \nUsage:\n\n b ")
    }
}

private final class Written: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func add(_ line: String) { lines.withLock { $0.append(line) } }
}
