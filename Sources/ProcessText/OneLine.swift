extension String {
    /// Without what would break a line, steer a terminal or turn the reading direction: white
    /// space becomes a space, anything else of that kind U+FFFD.
    package var onOneLine: String {
        guard unicodeScalars.contains(where: \.isUnsafeToShow) else { return self }
        var safe = String.UnicodeScalarView()
        for scalar in unicodeScalars {
            guard scalar.isUnsafeToShow else {
                safe.append(scalar)
                continue
            }
            safe.append(scalar.properties.isWhitespace ? " " : "\u{FFFD}")
        }
        return String(safe)
    }

    /// The same of each line, where line feeds are meant: in the argument parser's text.
    package var onItsLines: String {
        utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self).onOneLine }
            .joined(separator: "\n")
    }
}

extension Unicode.Scalar {
    /// Controls (C0, DEL, C1), line and paragraph separators, and what turns the reading direction
    /// (UAX #9: marks, embeddings, overrides, isolates). All of them lie below U+10000.
    package var isUnsafeToShow: Bool {
        switch value {
        case 0x00...0x1F, 0x7F...0x9F: true
        case 0x061C, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}

/// Takes a log's lines, one each time, and passes them on so that each stays one line and steers
/// no terminal: messages and metadata hold what peers say.
package struct LogLineStream: TextOutputStream, Sendable {
    private let write: @Sendable (String) -> Void

    /// - Parameter write: gets each line with the line feed that ends it; from any thread.
    package init(_ write: @escaping @Sendable (String) -> Void) {
        self.write = write
    }

    package mutating func write(_ line: String) {
        var text = line.unicodeScalars
        if text.last == "\n" { text.removeLast() }
        write(String(text).onOneLine + "\n")
    }
}
