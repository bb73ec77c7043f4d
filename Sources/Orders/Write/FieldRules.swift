import Tandem

/// What the fields of the commands' requests may hold, as orders.proto says. Pure.
///
/// Each check takes the field's path in the request, for example `lines[2].quantity`, and names
/// it, the value and what is allowed in its rejection.
enum FieldRules {
    static let emailBytes = 3...254
    static let nameBytes = 1...200
    static let priceMinor: ClosedRange<Int64> = 0...1_000_000_000_000
    static let quantity: ClosedRange<UInt32> = 0...1_000_000
    static let lineCount = 1...1_000
    /// 1970 to the end of 9999.
    static let createdAt: ClosedRange<Int64> = 0...253_402_300_799_999_999

    /// The id as SQLite keeps it.
    static func id(_ value: UInt64, _ field: @autoclosure () -> String) throws(Rejection) -> Int64 {
        guard value > 0, let id = Int64(exactly: value) else {
            throw .outOfRange("INVALID_ID", field(), "\(value)", "1", "\(Int64.max)")
        }
        return id
    }

    static func email(_ value: String) throws(Rejection) -> ExactText {
        try checkByteCount(value, emailBytes, "INVALID_EMAIL", "email")
        if let found = TextRules.firstForbidden(inEmail: value) {
            throw .forbidden(
                found, "INVALID_EMAIL", "email", "white space and control characters")
        }
        let bytes = value.utf8
        guard bytes.count(where: { $0 == UInt8(ascii: "@") }) == 1,
            bytes.first != UInt8(ascii: "@"), bytes.last != UInt8(ascii: "@")
        else {
            throw Rejection(
                .invalidArgument, reason: "INVALID_EMAIL",
                message: "email must have one @ inside, which \"\(value)\" has not",
                metadata: ["field": "email", "value": value])
        }
        return ExactText(value)
    }

    static func name(_ value: String) throws(Rejection) -> ExactText {
        try line(value, "INVALID_NAME", "name")
    }

    static func description(_ value: String, _ field: String) throws(Rejection) -> String {
        try line(value, "INVALID_DESCRIPTION", field).value
    }

    /// A text that is shown on one line.
    private static func line(
        _ value: String, _ reason: String, _ field: String
    ) throws(Rejection) -> ExactText {
        try checkByteCount(value, nameBytes, reason, field)
        if let found = TextRules.firstForbidden(inName: value) {
            throw .forbidden(found, reason, field, "control characters and line breaks")
        }
        return ExactText(value)
    }

    /// Three capital letters, as ISO 4217 has them; which of them exist is not ours to know.
    static func currency(_ value: String) throws(Rejection) -> String {
        let letters = UInt8(ascii: "A")...UInt8(ascii: "Z")
        guard value.utf8.count == 3, value.utf8.allSatisfy(letters.contains) else {
            // By scalars: one character can be a megabyte of accents, and this is kept for a day.
            // And in ASCII: it is anything, and gets printed.
            let told = value.unicodeScalars.prefix(16).map { $0.escaped(asASCII: true) }.joined()
            throw Rejection(
                .invalidArgument, reason: "INVALID_CURRENCY",
                message: """
                    currency must be three capital letters like USD (ISO 4217), \
                    not "\(told)"
                    """,
                metadata: ["field": "currency", "value": told])
        }
        return value
    }

    static func price(
        _ value: Int64, _ field: @autoclosure () -> String, told: String? = nil
    ) throws(Rejection) -> Int64 {
        guard priceMinor.contains(value) else {
            throw .outOfRange(
                "PRICE_OUT_OF_RANGE", field(), "\(value)", "\(priceMinor.lowerBound)",
                "\(priceMinor.upperBound)", told: told)
        }
        return value
    }

    static func quantity(
        _ value: UInt32, _ field: @autoclosure () -> String
    ) throws(Rejection) -> UInt32 {
        guard quantity.contains(value) else {
            throw .outOfRange(
                "QUANTITY_OUT_OF_RANGE", field(), "\(value)", "\(quantity.lowerBound)",
                "\(quantity.upperBound)")
        }
        return value
    }

    static func createdAt(_ value: Int64) throws(Rejection) -> Int64 {
        guard createdAt.contains(value) else {
            throw .outOfRange(
                "CREATED_AT_OUT_OF_RANGE", "created_at_us", "\(value)",
                "\(createdAt.lowerBound)", "\(createdAt.upperBound)")
        }
        return value
    }

    private static func checkByteCount(
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
    static func outOfRange(
        _ reason: String, _ field: String, _ value: String, _ least: String, _ most: String,
        told: String? = nil
    ) -> Rejection {
        Rejection(
            .invalidArgument, reason: reason,
            message: "\(told ?? field) is \(value); it must be \(least) to \(most)",
            metadata: ["field": field, "value": value, "min": least, "max": most])
    }

    /// A text holds a code point that its kind may not.
    static func forbidden(
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

    /// There is no `thing` (`user`, `product`, `order`) of that id.
    ///
    /// - Parameter field: where the request names it; by default the field of that name.
    static func unknown(_ thing: String, _ id: Int64, field: String? = nil) -> Rejection {
        let field = field ?? "\(thing)_id"
        return Rejection(
            .notFound, reason: "UNKNOWN_\(thing.uppercased())",
            message: "there is no \(thing) \(id) (\(field))",
            metadata: ["\(thing)_id": "\(id)", "field": field])
    }

    /// There is a `thing` of that id already.
    static func exists(_ thing: String, _ id: Int64) -> Rejection {
        Rejection(
            .alreadyExists, reason: "\(thing.uppercased())_EXISTS",
            message: "\(thing) \(id) exists already",
            metadata: ["\(thing)_id": "\(id)", "field": "\(thing)_id"])
    }

    /// No id is left behind the last automatic one.
    static func noFreeID(_ thing: String) -> Rejection {
        Rejection(
            .failedPrecondition, reason: "NO_FREE_ID",
            message: "every \(thing) id after the last automatic one is taken; choose a free one",
            metadata: ["field": "\(thing)_id"])
    }
}
