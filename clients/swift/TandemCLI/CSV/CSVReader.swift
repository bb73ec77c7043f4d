/// Reads comma-separated values (RFC 4180) as a stream of records: quoted fields, doubled quotes,
/// line breaks inside quotes, LF or CRLF, a byte order mark at the start, a last line with or
/// without its end. Empty lines are skipped.
///
/// It holds one record and one piece of input, never the file. A malformed record is reported with
/// its place, and reading goes on at the line after the one on which it began.
package struct CSVReader: Sendable {
    /// The file's name, for messages.
    package let file: String
    private let recordByteCountMax: Int
    private var source: any ByteSource
    /// The present record and what has been read beyond it.
    private var buffer: [UInt8] = []
    private var recordStart = 0
    private var recordEnd = 0
    private var isAtEnd = false
    private var hasBegun = false
    private var scanner = CSVScanner()
    /// The line on which the present record begins, from 1.
    package private(set) var line = 1
    private var lineAfter = 1
    /// How much of the input lies before the present record's end.
    package private(set) var consumedByteCount = 0

    package init(file: String, source: any ByteSource, recordByteCountMax: Int = 1 << 20) {
        self.file = file
        self.source = source
        self.recordByteCountMax = recordByteCountMax
    }

    /// The number of fields of the present record.
    package var fieldCount: Int { scanner.fields.count }

    /// Goes to the next record; `false` at the end.
    package mutating func next() throws(CSVReadFailure) -> Bool {
        repeat {
            guard try nextRecord() else { return false }
        } while isBlank
        return true
    }

    private var isBlank: Bool {
        scanner.fields.count == 1 && scanner.fields[0].isEmptyAndUnquoted
    }

    private mutating func nextRecord() throws(CSVReadFailure) -> Bool {
        if !hasBegun { try begin() }
        recordStart = recordEnd
        line = lineAfter
        scanner.begin()
        while true {
            switch scanner.scan(buffer, from: recordStart) {
            case .complete(let byteCount):
                finishRecord(byteCount)
                return true
            case .fault(let fault, let offset):
                throw try fail(fault, at: offset)
            case .needsMore:
                // Checked before more is read: a missing quote must not make us hold the file.
                guard buffer.count - recordStart <= recordByteCountMax else {
                    throw try fail(.recordTooLong(byteCountMax: recordByteCountMax), at: 0)
                }
                guard try !readMore() else { continue }
                return try finishInput()
            }
        }
    }

    private mutating func finishInput() throws(CSVReadFailure) -> Bool {
        switch scanner.end(at: buffer.count - recordStart) {
        case .complete(let byteCount):
            finishRecord(byteCount)
            return byteCount > 0
        case .fault(let fault, let offset): throw try fail(fault, at: offset)
        case .needsMore: return false
        }
    }

    private mutating func finishRecord(_ byteCount: Int) {
        recordEnd = recordStart + byteCount
        lineAfter = line + scanner.lineCount
        consumedByteCount += byteCount
    }

    // MARK: Input

    /// Returns whether there was more.
    private mutating func readMore() throws(CSVReadFailure) -> Bool {
        guard !isAtEnd else { return false }
        let piece: [UInt8]
        do throws(FileFailure) {
            piece = try source.read()
        } catch {
            throw .file(error)
        }
        guard !piece.isEmpty else {
            isAtEnd = true
            return false
        }
        if recordStart > 0 {
            buffer.removeFirst(recordStart)
            recordStart = 0
        }
        buffer.append(contentsOf: piece)
        return true
    }

    /// Skips a byte order mark, and refuses what is another encoding.
    private mutating func begin() throws(CSVReadFailure) {
        hasBegun = true
        while buffer.count < 4, try readMore() {}
        if let encoding = ForeignEncoding(firstBytes: buffer.prefix(4)) {
            let problem = problem("the file looks like \(encoding.rawValue): save it as UTF-8")
            recordEnd = buffer.count
            throw .malformed(problem, firstField: "")
        }
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        if buffer.starts(with: mark) {
            recordEnd = mark.count
            consumedByteCount = mark.count
        }
    }

    // MARK: Faults

    /// Makes the failure and goes behind the line on which the malformed record began.
    private mutating func fail(
        _ fault: CSVFault, at offset: Int
    ) throws(CSVReadFailure) -> CSVReadFailure {
        let place = location(of: offset)
        let problem = CSVProblem(
            file: file, line: place.line, column: place.column, reason: fault.reason)
        let lead = buffer[recordStart...].prefix(24)
            .prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\n") }
        let failure = CSVReadFailure.malformed(
            problem, firstField: String(decoding: lead, as: UTF8.self))
        try skipLine()
        return failure
    }

    private mutating func skipLine() throws(CSVReadFailure) {
        scanner.begin()
        lineAfter = line + 1
        while true {
            if let end = buffer[recordStart...].firstIndex(of: UInt8(ascii: "\n")) {
                recordEnd = end + 1
                consumedByteCount += recordEnd - recordStart
                return
            }
            consumedByteCount += buffer.count - recordStart
            recordStart = buffer.count
            recordEnd = buffer.count
            guard try readMore() else { return }
        }
    }

    /// The line and column, from 1, of a byte of the present record.
    private func location(of offset: Int) -> (line: Int, column: Int) {
        var place = (line: line, column: 1)
        for byte in buffer[recordStart...].prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                place = (place.line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                place.column += 1
            }
        }
        return place
    }
}

/// Why there is no next record.
package enum CSVReadFailure: Error, Hashable, Sendable {
    /// - Parameter firstField: What stands before the record's first comma, if it can be told.
    case malformed(CSVProblem, firstField: String)
    case file(FileFailure)
}

extension CSVReader {
    /// A problem at the start of a field of the present record.
    package func problem(_ reason: String, field index: Int) -> CSVProblem {
        guard scanner.fields.indices.contains(index) else { return problem(reason) }
        let place = location(of: scanner.fields[index].outerStart)
        return CSVProblem(file: file, line: place.line, column: place.column, reason: reason)
    }

    /// A problem of the present record as a whole.
    package func problem(_ reason: String) -> CSVProblem {
        CSVProblem(file: file, line: line, column: nil, reason: reason)
    }

    /// A field's bytes, unescaped.
    package func bytes(_ index: Int) -> [UInt8] {
        let field = scanner.fields[index]
        let raw = buffer[recordStart + field.start..<recordStart + field.end]
        guard field.hasDoubledQuotes else { return Array(raw) }
        var unescaped: [UInt8] = []
        var isSecondQuote = false
        for byte in raw {
            // Inside a quoted field, quotes come in pairs only.
            isSecondQuote = byte == UInt8(ascii: "\"") && !isSecondQuote
            if !isSecondQuote { unescaped.append(byte) }
        }
        return unescaped
    }

    /// A field as text; `nil` if it is not UTF-8.
    package func text(_ index: Int) -> String? {
        String(validating: bytes(index), as: UTF8.self)
    }

    package func isEmpty(_ index: Int) -> Bool {
        let field = scanner.fields[index]
        return field.start == field.end
    }

    /// Whether a field holds exactly these bytes; without a copy.
    package func field(_ index: Int, equals other: [UInt8]) -> Bool {
        let field = scanner.fields[index]
        guard !field.hasDoubledQuotes, field.end - field.start == other.count else {
            return field.hasDoubledQuotes && bytes(index) == other
        }
        for offset in other.indices
        where buffer[recordStart + field.start + offset] != other[offset] {
            return false
        }
        return true
    }

    /// A field as a decimal number without a sign; `nil` if it is none or over `limit`.
    package func unsigned(_ index: Int, limit: UInt64) -> UInt64? {
        let field = scanner.fields[index]
        return decimal(from: field.start, to: field.end, limit: limit)
    }

    /// A field as a decimal number, perhaps with a minus; `nil` if it is none or too large.
    package func signed(_ index: Int) -> Int64? {
        let field = scanner.fields[index]
        guard field.start < field.end else { return nil }
        let isNegative = buffer[recordStart + field.start] == UInt8(ascii: "-")
        let start = isNegative ? field.start + 1 : field.start
        guard let size = decimal(from: start, to: field.end, limit: UInt64(Int64.max)) else {
            return nil
        }
        return isNegative ? -Int64(size) : Int64(size)
    }

    private func decimal(from start: Int, to end: Int, limit: UInt64) -> UInt64? {
        // 19 digits can't overflow 64 bits.
        guard start < end, end - start <= 19 else { return nil }
        var value: UInt64 = 0
        for index in recordStart + start..<recordStart + end {
            let digit = buffer[index] &- UInt8(ascii: "0")
            guard digit <= 9 else { return nil }
            value = value * 10 + UInt64(digit)
        }
        return value <= limit ? value : nil
    }
}
