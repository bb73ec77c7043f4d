/// Fixed-width hexadecimal, without Foundation.
package enum HexText {
    /// Sixteen lower-case digits, most significant first.
    package static func of(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The value of exactly sixteen hexadecimal digits; `nil` for anything else.
    package static func value(of text: some StringProtocol) -> UInt64? {
        // The standard parser takes a sign too.
        guard text.utf8.count == 16, text.utf8.allSatisfy({ $0 != 0x2B && $0 != 0x2D }) else {
            return nil
        }
        return UInt64(text, radix: 16)
    }

    /// Two lower-case digits for each byte.
    package static func of(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes {
            if byte < 16 { text.append("0") }
            text.append(String(byte, radix: 16))
        }
        return text
    }
}
