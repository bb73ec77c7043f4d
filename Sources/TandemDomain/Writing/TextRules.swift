/// Which code points texts may hold. Pure.
///
/// E-mail addresses have no white space and no control characters: an address with a line break
/// becomes a second header line in a mail. Names and descriptions stand on one line wherever they
/// are shown, so they have no control characters and no line breaks either; all else is theirs,
/// spaces and the marks of right-to-left writing included.
package enum TextRules {
    /// The first code point that an address may not hold, and how many bytes are before it.
    package static func firstForbidden(inEmail text: String) -> Finding? {
        first(in: text) { scalar in
            breaksLines(scalar) || scalar.properties.isWhitespace || hiddenSpaces.contains(scalar)
        }
    }

    /// The first code point that a name or a description may not hold.
    package static func firstForbidden(inName text: String) -> Finding? {
        first(in: text, where: breaksLines)
    }

    package struct Finding: Equatable {
        package let scalar: Unicode.Scalar
        /// Bytes before it.
        package let offset: Int

        /// As the Unicode standard writes it, for example U+000A.
        package var codePoint: String {
            let digits = String(scalar.value, radix: 16, uppercase: true)
            return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
    }

    /// Spaces of no width, which Unicode does not count as white space: U+180E, U+200B, U+2060,
    /// U+FEFF.
    private static let hiddenSpaces: [Unicode.Scalar] = [
        "\u{180E}", "\u{200B}", "\u{2060}", "\u{FEFF}",
    ]

    /// U+0000 to U+001F, U+007F to U+009F, and the two separators of lines and paragraphs.
    private static func breaksLines(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0...0x1F, 0x7F...0x9F, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func first(
        in text: String, where isForbidden: (Unicode.Scalar) -> Bool
    ) -> Finding? {
        var offset = 0
        for scalar in text.unicodeScalars {
            if isForbidden(scalar) { return Finding(scalar: scalar, offset: offset) }
            offset += UTF8.width(scalar)
        }
        return nil
    }
}
