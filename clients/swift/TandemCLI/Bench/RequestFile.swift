import Foundation

/// Requests in JSON, one a line; lines without anything are passed over.
package struct RequestFile: Sendable {
    /// As they stand there; never none.
    package let requests: [String]

    private static let byteCountMax = 256 << 20

    /// - Throws: ``UsageFailure`` that names the line, or ``FileFailure``.
    static func read(_ path: String) throws -> RequestFile {
        let source = try FileSource(path: path, for: .requests)
        var bytes: [UInt8] = []
        while case let piece = try source.read(), !piece.isEmpty {
            bytes += piece
            guard bytes.count <= byteCountMax else {
                throw UsageFailure("\(path) has more than 256 MiB of requests")
            }
        }
        return try RequestFile(bytes, of: path)
    }

    package init(_ bytes: [UInt8], of path: String) throws(UsageFailure) {
        var requests: [String] = []
        let lines = bytes.split(
            separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (number, line) in lines.enumerated()
        where line.contains(where: { !Self.blanks.contains($0) }) {
            do throws(LineProblem) {
                requests.append(try Self.request(line))
            } catch {
                throw UsageFailure("\(path):\(number + 1): \(error.reason)")
            }
        }
        guard !requests.isEmpty else {
            throw UsageFailure(
                "\(path) has no requests: write one JSON object a line, as `tandem call` takes it")
        }
        self.requests = requests
    }

    private static let blanks = Array(" \t\r".utf8)

    private struct LineProblem: Error {
        let reason: String
    }

    private static func request(_ line: ArraySlice<UInt8>) throws(LineProblem) -> String {
        guard let text = String(validating: line, as: UTF8.self) else {
            throw LineProblem(reason: "this is not UTF-8, and so no JSON")
        }
        let value: Any
        do {
            value = try JSONSerialization.jsonObject(
                with: Data(line), options: .fragmentsAllowed)
        } catch {
            let details = (error as NSError).userInfo[NSDebugDescriptionErrorKey] as? String
            throw LineProblem(reason: "this is no JSON" + (details.map { ": \($0)" } ?? ""))
        }
        guard value is [String: Any] else {
            throw LineProblem(reason: "a request is a JSON object, {…}")
        }
        return text
    }
}
