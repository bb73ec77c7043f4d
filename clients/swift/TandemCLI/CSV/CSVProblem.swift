/// What is wrong with a file, and where.
package struct CSVProblem: Error, Hashable, Sendable {
    package let file: String
    /// From 1.
    package let line: Int
    /// From 1, in characters; `nil` if the whole line is meant.
    package let column: Int?
    package let reason: String

    package init(file: String, line: Int, column: Int?, reason: String) {
        self.file = file
        self.line = line
        self.column = column
        self.reason = reason
    }
}

extension CSVProblem: CustomStringConvertible {
    /// `orders.csv:17:12: …`, which editors and terminals can jump to.
    package var description: String {
        let place = column.map { "\(file):\(line):\($0)" } ?? "\(file):\(line)"
        return "\(place): \(reason)"
    }
}

/// Why a record can't be read as CSV.
package enum CSVFault: Hashable, Sendable {
    case quoteInUnquotedField
    case textAfterClosingQuote
    case unclosedQuote
    case bareCarriageReturn
    case recordTooLong(byteCountMax: Int)

    package var reason: String {
        switch self {
        case .quoteInUnquotedField:
            "a quote inside a field that doesn't begin with one: "
                + "put the whole field in quotes, and double the quote"
        case .textAfterClosingQuote:
            "text after a closing quote: a quote inside a quoted field has to be doubled"
        case .unclosedQuote:
            "a quoted field that is never closed begins here"
        case .bareCarriageReturn:
            "a carriage return without a line feed: put the field in quotes, or end the line "
                + "with a line feed"
        case .recordTooLong(let byteCountMax):
            "this row is longer than \(byteCountMax) bytes: is a quote missing its partner?"
        }
    }
}
