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
        let quoted = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
        return "\"\(inASCII(quoted))\""
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
