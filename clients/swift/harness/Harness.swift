import Foundation

/// Lets the conformance suite use the Swift client: takes JSON objects, one a line, from standard
/// input, and answers each on standard output, in whatever order they end.
@main
struct Harness {
    static func main() async {
        let client = HarnessClient { write($0) }
        for await line in lines() where !line.allSatisfy(\.isWhitespace) {
            do {
                await client.handle(try HarnessRequest(line: line))
            } catch {
                complain("not a request: \(line.prefix(200)) (\(error))")
            }
        }
        await client.close()
    }

    /// Read on a thread of their own: waiting for input must hold up no call.
    private static func lines() -> AsyncStream<String> {
        let (stream, continuation) = AsyncStream.makeStream(of: String.self)
        let thread = Thread {
            while let line = readLine() { continuation.yield(line) }
            continuation.finish()
        }
        thread.name = "harness-input"
        thread.start()
        return stream
    }

    /// Whole lines, one at a time: replies come from many tasks.
    private static let outputLock = NSLock()

    private static func write(_ reply: HarnessReply) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var line: Data
        do { line = try encoder.encode(reply) } catch {
            return complain("a reply can't be encoded: \(error)")
        }
        line.append(0x0A)
        outputLock.withLock {
            // Nobody listens any more: then there is nobody to tell.
            try? FileHandle.standardOutput.write(contentsOf: line)
        }
    }

    private static func complain(_ text: String) {
        // Nobody listens any more, as above.
        try? FileHandle.standardError.write(contentsOf: Data("\(text)\n".utf8))
    }
}
