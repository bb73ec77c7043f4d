import ProcessText

/// Text that may be shown to people.
///
/// Names, addresses, file names and a server's words come from anybody: in them nothing may steer
/// the terminal, forge a line or turn the reading direction. ``Terminal`` takes nothing but this
/// type. A literal of our own is taken as it stands, and whatever is interpolated into it is
/// neutralised, unless it is a `SafeText` already: so forgetting it is impossible.
package struct SafeText: Sendable {
    /// As it is to be written.
    package private(set) var string: String

    private init(checked string: String) {
        self.string = string
    }

    /// A value as JSON, which escapes whatever is not safe.
    package init(_ json: JSON) { self.init(checked: json.text) }

    /// A value as JSON on one line, which is ended.
    package init(line json: JSON) { self.init(checked: json.compactText + "\n") }

    /// A value as JSON on one line, with something of ours behind it.
    package init(oneLine json: JSON) { self.init(checked: json.compactText) }

    /// A part of a JSON document that is written piece by piece.
    ///
    /// - Parameter depth: How deep in the document the value stands.
    package init(_ json: JSON, depth: Int) { self.init(checked: json.nestedText(depth: depth)) }

    /// Text of several lines, whose line feeds are meant: the argument parser's.
    package init(lines text: String) {
        self.init(checked: text.onItsLines)
    }
}

extension SafeText: Equatable {
    /// By bytes, not by canonical equivalence.
    package static func == (left: SafeText, right: SafeText) -> Bool {
        left.string.hasSameBytes(as: right.string)
    }
}

extension SafeText: ExpressibleByStringInterpolation {
    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) {}

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ safe: SafeText) { text += safe.string }

        package mutating func appendInterpolation(_ other: some CustomStringConvertible) {
            text += other.description.onOneLine
        }
    }

    package init(stringLiteral value: String) { self.init(checked: value) }

    package init(stringInterpolation interpolation: StringInterpolation) {
        self.init(checked: interpolation.text)
    }
}

extension SafeText {
    package static func + (left: SafeText, right: SafeText) -> SafeText {
        SafeText(checked: left.string + right.string)
    }

    package static func += (left: inout SafeText, right: SafeText) {
        left.string += right.string
    }
}

extension Sequence<SafeText> {
    /// One after another.
    package func joined() -> SafeText { reduce(into: "") { $0 += $1 } }
}

extension String {
    /// Whether the two are the same bytes; `==` takes `é` in one scalar for `é` in two.
    package func hasSameBytes(as other: String) -> Bool {
        utf8.elementsEqual(other.utf8)
    }
}
