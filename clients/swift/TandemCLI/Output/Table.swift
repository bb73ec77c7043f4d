/// Rows of text in aligned columns, for people.
package struct Table: Sendable {
    package enum Alignment: Sendable { case left, right }

    private let alignments: [Alignment]
    private var rows: [[String]]

    /// - Parameter columns: Headings and how the cells below stand.
    package init(_ columns: [(heading: String, alignment: Alignment)]) {
        alignments = columns.map(\.alignment)
        rows = [columns.map(\.heading)]
    }

    /// Missing cells are empty; cells beyond the columns are dropped.
    package mutating func add(_ cells: [String]) {
        let padding = Array(repeating: "", count: max(alignments.count - cells.count, 0))
        rows.append((cells.prefix(alignments.count) + padding).map(\.onOneLine))
    }

    /// One line a row, each ended, no spaces at a line's end.
    package var text: String {
        let widths = alignments.indices.map { column in
            rows.map { $0[column].displayWidth }.max() ?? 0
        }
        return rows.map { row in
            var line = ""
            for column in row.indices {
                let gap = String(repeating: " ", count: widths[column] - row[column].displayWidth)
                switch alignments[column] {
                case .left: line += row[column] + gap
                case .right: line += gap + row[column]
                }
                if column < row.count - 1 { line += "  " }
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}

extension String {
    /// Without what would break a table or steer the terminal: names come from anybody.
    package var onOneLine: String {
        guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
            return self
        }
        return String(
            String.UnicodeScalarView(
                unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// The columns that the text takes on a terminal, as well as can be told: two for East Asian
    /// wide characters and pictures.
    var displayWidth: Int {
        reduce(0) { width, character in
            guard let scalar = character.unicodeScalars.first else { return width }
            return width + (scalar.isWide ? 2 : 1)
        }
    }
}

extension Unicode.Scalar {
    fileprivate var isWide: Bool {
        switch value {
        case 0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF,
            0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1FAFF,
            0x20000...0x3FFFD:
            true
        default: false
        }
    }
}
