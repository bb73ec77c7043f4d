extension String {
    /// The columns that the text takes on a terminal, by the rules of wcwidth as far as terminals
    /// agree on them.
    package var displayWidth: Int {
        // ASCII, most of all there is: a column each, but for controls.
        if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return utf8.count }
        return reduce(0) { $0 + $1.displayWidth }
    }
}

extension Character {
    /// A picture made of several scalars (flags, families, skin tones, key caps) takes two columns
    /// as a whole; in anything else each scalar counts.
    fileprivate var displayWidth: Int {
        let scalars = unicodeScalars
        guard let first = scalars.first else { return 0 }
        if first.properties.isEmoji, scalars.dropFirst().contains(where: \.joinsPictures) {
            return 2
        }
        return scalars.reduce(0) { $0 + $1.displayWidth }
    }
}

extension Unicode.Scalar {
    /// What makes one picture of two: the joiner, the selector of emoji presentation, a skin tone,
    /// the second half of a flag.
    fileprivate var joinsPictures: Bool {
        switch value {
        case 0x200D, 0xFE0F, 0x1F3FB...0x1F3FF, 0x1F1E6...0x1F1FF: true
        default: false
        }
    }

    fileprivate var displayWidth: Int {
        switch value {
        // The soft hyphen is a format character, and shown.
        case 0xAD: return 1
        // Vowels and finals of conjoining Hangul stand in the cell of the initial before them.
        case 0x1160...0x11FF, 0xD7B0...0xD7FF: return 0
        default: break
        }
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .spacingMark, .format, .control, .lineSeparator,
            .paragraphSeparator:
            return 0
        default: return WideScalars.contains(self) ? 2 : 1
        }
    }
}
