import ProcessText

/// A JSON value whose objects keep the order of their members: the only writer of JSON here.
///
/// 64-bit integers of the protocol (ids, amounts, positions, sizes) are written as strings, as
/// protobuf's JSON writes them: JavaScript and jq hold numbers as doubles, and would round above
/// 2^53.
package enum JSON: Hashable, Sendable {
    case null
    case bool(Bool)
    /// Written as a string.
    case int64(Int64)
    /// Written as a string.
    case uint64(UInt64)
    /// What this program has counted, and what the protocol gives 32 bits: written as a number.
    case count(Int)
    /// Written with three decimals; `null` if it is not finite.
    case number(Double)
    case string(String)
    /// A server's text in JSON, on one line.
    case foreign(String)
    case array([JSON])
    case object([Member])

    package struct Member: Hashable, Sendable {
        package let name: String
        package let value: JSON

        package init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }
    }
}

extension JSON: ExpressibleByDictionaryLiteral, ExpressibleByStringLiteral,
    ExpressibleByArrayLiteral
{
    package init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }

    package init(stringLiteral value: String) { self = .string(value) }

    package init(arrayLiteral elements: JSON...) { self = .array(elements) }

    package init(_ value: Int) { self = .count(value) }

    package init(_ value: UInt64) { self = .uint64(value) }
}

extension JSON {
    /// On one line.
    package var compactText: String {
        var text = ""
        write(to: &text, depth: nil)
        return text
    }

    /// Indented by two spaces, ended with a line end.
    package var text: String {
        var text = ""
        write(to: &text, depth: 0)
        return text + "\n"
    }

    /// As ``text`` writes it inside of other values.
    ///
    /// - Parameter depth: How many values it stands in.
    package func nestedText(depth: Int) -> String {
        var text = ""
        write(to: &text, depth: depth)
        return text
    }

    private func write(to text: inout String, depth: Int?) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .int64(let value): text += "\"\(value)\""
        case .uint64(let value): text += "\"\(value)\""
        case .count(let value): text += String(value)
        case .number(let value): text += Self.decimalText(value)
        case .string(let value): Self.write(value, to: &text)
        case .foreign(let value):
            for scalar in value.unicodeScalars { Self.writeSafely(scalar, to: &text) }
        case .array(let values):
            Self.writeList("[", "]", values, to: &text, depth: depth) { value, text, depth in
                value.write(to: &text, depth: depth)
            }
        case .object(let members):
            Self.writeList("{", "}", members, to: &text, depth: depth) { member, text, depth in
                Self.write(member.name, to: &text)
                text += depth == nil ? ":" : ": "
                member.value.write(to: &text, depth: depth)
            }
        }
    }

    private static func writeList<Element>(
        _ opening: String, _ closing: String, _ elements: [Element], to text: inout String,
        depth: Int?, write: (Element, inout String, Int?) -> Void
    ) {
        text += opening
        for (index, element) in elements.enumerated() {
            if index > 0 { text += "," }
            if let depth { text += "\n" + String(repeating: "  ", count: depth + 1) }
            write(element, &text, depth.map { $0 + 1 })
        }
        if let depth, !elements.isEmpty { text += "\n" + String(repeating: "  ", count: depth) }
        text += closing
    }

    private static func decimalText(_ value: Double) -> String {
        let thousandths = (value * 1_000).rounded()
        guard thousandths.magnitude < 9e15 else { return "null" }
        let whole = Int64(thousandths)
        return (whole < 0 ? "-" : "") + Int64(whole.magnitude / 1_000).padded(1) + "."
            + Int64(whole.magnitude % 1_000).padded(3)
    }

    private static func write(_ value: String, to text: inout String) {
        text += "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\r": text += "\\r"
            case "\t": text += "\\t"
            default: writeSafely(scalar, to: &text)
            }
        }
        text += "\""
    }

    private static func writeSafely(_ scalar: Unicode.Scalar, to text: inout String) {
        guard scalar.isUnsafeToShow else { return text.unicodeScalars.append(scalar) }
        for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter {
            let digits = String(unit, radix: 16)
            text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
    }
}
