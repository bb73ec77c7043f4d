import ProcessText

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

    /// A table without a heading.
    package init(_ alignments: [Alignment]) {
        self.alignments = alignments
        rows = []
    }

    /// Missing cells are empty; cells beyond the columns are dropped.
    package mutating func add(_ cells: [String]) {
        let padding = Array(repeating: "", count: max(alignments.count - cells.count, 0))
        rows.append((cells.prefix(alignments.count) + padding).map(\.onOneLine))
    }

    /// One line a row, each ended, no spaces at a line's end.
    package var text: SafeText {
        let widths = alignments.indices.map { column in
            rows.map { $0[column].displayWidth }.max() ?? 0
        }
        return rows.map { row -> SafeText in
            var line = ""
            for column in row.indices {
                let gap = String(repeating: " ", count: widths[column] - row[column].displayWidth)
                switch alignments[column] {
                case .left: line += row[column] + gap
                case .right: line += gap + row[column]
                }
                if column < row.count - 1 { line += "  " }
            }
            while line.utf8.last == UInt8(ascii: " ") { line.unicodeScalars.removeLast() }
            return "\(line)\n"
        }.joined()
    }
}
