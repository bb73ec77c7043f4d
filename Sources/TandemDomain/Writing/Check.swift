public import TandemCore

/// What a request's fields may hold, for a command's `prepare`. Pure.
///
/// Each check takes the field's path in the request, for example `lines[2].quantity`, and its
/// rejection (INVALID_ARGUMENT) names it, the value and what is allowed.
///
/// ```swift
/// let seats = try Check.number(request.seats, in: 1...20, "seats", or: "SEATS_OUT_OF_RANGE")
/// let name = try Check.line(request.name, byteCount: 1...200, "name", or: "INVALID_NAME")
/// ```
public enum Check {
    /// An id as SQLite keeps it: 1 to 2^63 - 1; INVALID_ID.
    public static func id(
        _ value: UInt64, _ field: @autoclosure () -> String
    ) throws(Rejection) -> Int64 {
        guard value > 0, let id = Int64(exactly: value) else {
            throw .outOfRange("INVALID_ID", field(), value, 1...Int64.max)
        }
        return id
    }

    /// A number of a range.
    ///
    /// - Parameters:
    ///   - reason: of the rejection, for programs.
    ///   - told: what has the number, for people; `nil`: the field itself.
    @inlinable public static func number<Number: FixedWidthInteger>(
        _ value: Number, in range: ClosedRange<Number>, _ field: @autoclosure () -> String,
        or reason: @autoclosure () -> String, told: String? = nil
    ) throws(Rejection) -> Number {
        guard range.contains(value) else {
            throw .outOfRange(reason(), field(), value, range, told: told)
        }
        return value
    }

    /// A text that is shown on one line: without control characters and line breaks.
    ///
    /// - Parameters:
    ///   - byteCount: of its UTF-8.
    ///   - reason: of the rejection, for programs.
    public static func line(
        _ value: String, byteCount: ClosedRange<Int>, _ field: String, or reason: String
    ) throws(Rejection) -> ExactText {
        try check(value, byteCount, reason, field)
        if let found = TextRules.firstForbidden(inName: value) {
            throw .forbidden(found, reason, field, "control characters and line breaks")
        }
        return ExactText(value)
    }

    /// A text of one word, as an address: without white space of any kind and control characters.
    ///
    /// - Parameters: As ``line(_:byteCount:_:or:)``.
    public static func word(
        _ value: String, byteCount: ClosedRange<Int>, _ field: String, or reason: String
    ) throws(Rejection) -> ExactText {
        try check(value, byteCount, reason, field)
        if let found = TextRules.firstForbidden(inEmail: value) {
            throw .forbidden(found, reason, field, "white space and control characters")
        }
        return ExactText(value)
    }

    private static func check(
        _ value: String, _ allowed: ClosedRange<Int>, _ reason: String, _ field: String
    ) throws(Rejection) {
        let count = value.utf8.count
        guard allowed.contains(count) else {
            throw Rejection(
                .invalidArgument, reason: reason,
                message: """
                    \(field) has \(count) bytes; it must have \(allowed.lowerBound) to \
                    \(allowed.upperBound)
                    """,
                metadata: [
                    "field": field, "byte_count": "\(count)", "min": "\(allowed.lowerBound)",
                    "max": "\(allowed.upperBound)",
                ])
        }
    }
}

extension Rejection {
    /// `field` holds a number that isn't allowed.
    ///
    /// - Parameter told: what has the number, for people; `nil`: the field itself.
    public static func outOfRange<Number>(
        _ reason: String, _ field: String, _ value: some FixedWidthInteger,
        _ allowed: ClosedRange<Number>, told: String? = nil
    ) -> Rejection {
        let (least, most) = ("\(allowed.lowerBound)", "\(allowed.upperBound)")
        return Rejection(
            .invalidArgument, reason: reason,
            message: "\(told ?? field) is \(value); it must be \(least) to \(most)",
            metadata: ["field": field, "value": "\(value)", "min": least, "max": most])
    }

    /// A text holds a code point that its kind may not.
    fileprivate static func forbidden(
        _ found: TextRules.Finding, _ reason: String, _ field: String, _ kind: String
    ) -> Rejection {
        Rejection(
            .invalidArgument, reason: reason,
            message: "\(field) has \(found.codePoint) after \(found.offset) bytes; \(kind) are "
                + "not allowed in it",
            metadata: [
                "field": field, "code_point": found.codePoint, "byte_offset": "\(found.offset)",
            ])
    }
}
