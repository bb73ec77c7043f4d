import Foundation
import SwiftProtobuf
import TandemCore
import TandemDomain

/// An event as a line of JSON, for people and tools.
struct EventLine {
    let event: RecordedEvent
    let domain: CheckedDomain
    /// With the bytes themselves, so that the log can be made of it again.
    let isWhole: Bool

    /// Without a line feed.
    var text: String {
        var fields = [
            ("position", "\(event.position)"),
            ("stream", Self.string(event.stream.rawValue)),
            ("version", "\(event.version.rawValue)"),
            ("type", Self.string(event.type)),
            ("recorded_at", Self.string(Self.time(event.recordedAt))),
        ]
        do {
            fields.append(("event", try Self.json(domain.event(event))))
        } catch {
            fields.append(("unreadable", Self.string("\(error)")))
        }
        if isWhole {
            fields.append(("payload", Self.string(Data(event.payload).base64EncodedString())))
        }
        if isWhole || !event.metadata.isEmpty {
            fields.append(("metadata", Self.string(Data(event.metadata).base64EncodedString())))
        }
        return "{\(fields.map { "\"\($0)\":\($1)" }.joined(separator: ","))}"
    }

    private static func json(_ message: any Message) throws -> String {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        return inASCII(try message.jsonString(options: options))
    }

    private static func string(_ text: String) -> String {
        // By scalars: to Swift a quotation mark with an accent is none.
        var quoted = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted.append("\\") }
            quoted.append(scalar)
        }
        return "\"\(inASCII(String(quoted)))\""
    }

    /// JSON without anything that steers a terminal or reads the other way round: all but printable
    /// ASCII is in strings only, and escaped.
    private static func inASCII(_ json: String) -> String {
        var ascii = String.UnicodeScalarView()
        for scalar in json.unicodeScalars {
            guard !(" "..."~").contains(scalar) else {
                ascii.append(scalar)
                continue
            }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                let padding = String(repeating: "0", count: 4 - digits.count)
                ascii.append(contentsOf: "\\u\(padding)\(digits)".unicodeScalars)
            }
        }
        return String(ascii)
    }

    /// What the one below writes, with up to six decimals or none; `nil` of all else.
    static func time(_ text: String) -> Timestamp? {
        guard text.hasSuffix("Z") else { return nil }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), parts[0].utf8.count == 19 else { return nil }
        let digits = parts.count == 2 ? parts[1] : "0"
        guard (1...6).contains(digits.utf8.count),
            digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let fraction = Int64(digits)
        else { return nil }
        var microseconds = fraction
        for _ in digits.utf8.count..<6 { microseconds *= 10 }
        // What isn't a time, or is one in another spelling, is none.
        guard let date = try? Date("\(parts[0])Z", strategy: .iso8601),
            date.formatted(.iso8601) == "\(parts[0])Z"
        else { return nil }
        // Of four digits a year: no overflow.
        let seconds = Int64(date.timeIntervalSince1970)
        return Timestamp(microseconds: seconds * 1_000_000 + microseconds)
    }

    /// `2026-11-28T09:30:00.000001Z`, to the microsecond; years that have no four digits as the
    /// number of microseconds since 1970.
    static func time(_ time: Timestamp) -> String {
        let (seconds, microseconds) = time.microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        guard microseconds >= 0, (0..<253_402_300_800).contains(seconds) else {
            return "\(time.microseconds)"
        }
        let digits = "\(microseconds)"
        let whole = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601).dropLast()
        return "\(whole).\(String(repeating: "0", count: 6 - digits.count))\(digits)Z"
    }
}
