package import TandemCore

extension Timestamp {
    /// ISO 8601 in UTC: `2017-01-01T11:53:26Z`, with microseconds only if there are any.
    package var isoText: String {
        let (seconds, fraction) = microseconds.flooredDivision(by: 1_000_000)
        let (days, second) = seconds.flooredDivision(by: 86_400)
        let date = CivilDate(daysSince1970: days)
        let clock = [second / 3_600, second / 60 % 60, second % 60].map { $0.padded(2) }
        let tail = fraction == 0 ? "" : "." + fraction.padded(6)
        return "\(date.year.padded(4))-\(date.month.padded(2))-\(date.day.padded(2))"
            + "T\(clock.joined(separator: ":"))\(tail)Z"
    }

    /// Reads an RFC 3339 time in UTC: `2017-01-01T11:53:26Z`, perhaps with a fraction of up to six
    /// digits. `nil` for anything else, also for a day that the month doesn't have.
    package init?(isoText bytes: [UInt8]) {
        guard bytes.count >= 20, bytes.last == UInt8(ascii: "Z"),
            bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
            bytes[10] == UInt8(ascii: "T") || bytes[10] == UInt8(ascii: " "),
            bytes[13] == UInt8(ascii: ":"), bytes[16] == UInt8(ascii: ":"),
            let year = bytes[0..<4].decimal, let month = bytes[5..<7].decimal,
            let day = bytes[8..<10].decimal, let hour = bytes[11..<13].decimal, hour < 24,
            let minute = bytes[14..<16].decimal, minute < 60,
            let second = bytes[17..<19].decimal, second < 60,
            let date = CivilDate(year: year, month: month, day: day),
            let fraction = Self.fraction(bytes[19..<bytes.count - 1])
        else { return nil }
        let seconds = date.daysSince1970 * 86_400 + hour * 3_600 + minute * 60 + second
        self.init(microseconds: seconds * 1_000_000 + fraction)
    }

    private static func fraction(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard let point = bytes.first else { return 0 }
        let digits = bytes.dropFirst()
        guard point == UInt8(ascii: "."), (1...6).contains(digits.count) else { return nil }
        return (Array(digits) + Array(repeating: UInt8(ascii: "0"), count: 6 - digits.count))[...]
            .decimal
    }
}

/// A day of the Gregorian calendar, also before it was introduced.
///
/// Source: Howard Hinnant, "chrono-compatible low-level date algorithms".
struct CivilDate: Hashable {
    let year: Int64
    let month: Int64
    let day: Int64

    /// `nil` if there is no such day.
    init?(year: Int64, month: Int64, day: Int64) {
        guard (1...12).contains(month), day >= 1 else { return nil }
        let isLeapYear = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let lengths: [Int64] = [31, isLeapYear ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        guard day <= lengths[Int(month) - 1] else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
    }

    init(daysSince1970 days: Int64) {
        // Eras of 400 years that begin on 1 March 0000, so that a leap day ends a year.
        let (era, dayOfEra) = (days + 719_468).flooredDivision(by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int64 {
        let shiftedYear = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = shiftedYear.flooredDivision(by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Int64 {
    /// Quotient and remainder, the remainder never negative.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// Decimal digits, zeros in front up to a width.
    func padded(_ width: Int) -> String {
        let digits = String(magnitude)
        let zeros = String(repeating: "0", count: Swift.max(width - digits.count, 0))
        return (self < 0 ? "-" : "") + zeros + digits
    }
}

extension ArraySlice<UInt8> {
    /// The number that these digits make; `nil` if one is no digit or there are none or over 18.
    var decimal: Int64? {
        guard (1...18).contains(count) else { return nil }
        var value: Int64 = 0
        for byte in self {
            guard (48...57).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - 48)
        }
        return value
    }
}
