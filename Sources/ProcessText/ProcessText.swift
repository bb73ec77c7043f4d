import Foundation

/// What the system hands over as bytes and a program takes as text: arguments and the environment.
///
/// Swift puts U+FFFD where they are not UTF-8, and so would store, or look for, what nobody gave.
package enum ProcessText {
    /// Bytes that are not UTF-8, and where they stand.
    package struct NotUTF8: Error, Hashable, Sendable, CustomStringConvertible {
        /// `argument 4 (after --name)`, or a variable's name.
        package let place: String
        package let bytes: [UInt8]

        package init(place: String, bytes: [UInt8]) {
            self.place = place
            self.bytes = bytes
        }

        package var description: String {
            "\(place) is not UTF-8: '\(shown)'. Write it in UTF-8; perhaps the terminal or the "
                + "script is set to another encoding."
        }

        /// The first bytes; what is not printable ASCII as `\xE9`.
        private var shown: String {
            bytes.prefix(40).reduce(into: "") { text, byte in
                if (0x20..<0x7F).contains(byte) {
                    text.unicodeScalars.append(Unicode.Scalar(byte))
                } else {
                    text +=
                        "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
                }
            } + (bytes.count > 40 ? "…" : "")
        }
    }

    /// The process's arguments without its name.
    package static func arguments() throws(NotUTF8) -> [String] {
        var raw: [[UInt8]] = []
        for index in 0..<Int(CommandLine.argc) {
            guard let argument = unsafe CommandLine.unsafeArgv[index] else { break }
            raw.append(unsafe bytes(of: argument))
        }
        return try text(ofArguments: Array(raw.dropFirst()))
    }

    /// A variable of the environment; `nil` if it is not set or empty.
    package static func environment(_ name: String) throws(NotUTF8) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let bytes = unsafe bytes(of: value)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw NotUTF8(place: "$\(name)", bytes: bytes)
        }
        return text.isEmpty ? nil : text
    }

    /// Arguments as text. Pure.
    package static func text(ofArguments arguments: [[UInt8]]) throws(NotUTF8) -> [String] {
        var texts: [String] = []
        for (index, bytes) in arguments.enumerated() {
            guard let text = String(validating: bytes, as: UTF8.self) else {
                let before = texts.last.flatMap { $0.hasPrefix("-") ? " (after \($0))" : nil } ?? ""
                throw NotUTF8(place: "argument \(index + 1)\(before)", bytes: bytes)
            }
            texts.append(text)
        }
        return texts
    }

    private static func bytes(of text: UnsafePointer<CChar>) -> [UInt8] {
        unsafe Array(
            UnsafeBufferPointer(start: text, count: strlen(text)).map(UInt8.init(bitPattern:)))
    }
}
