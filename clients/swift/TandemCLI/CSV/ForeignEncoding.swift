/// An encoding other than UTF-8, by a file's first bytes.
enum ForeignEncoding: String {
    case utf16 = "UTF-16"
    case utf32 = "UTF-32"
    case zip = "a spreadsheet or an archive, not CSV"
    case gzip = "a gzip file, not CSV"

    /// By its byte order mark, or by the zeros that ASCII has in it: a CSV file has no NUL.
    init?(firstBytes bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes.prefix(4))
        let isZero = bytes.map { $0 == 0 }
        if bytes == [0xFF, 0xFE, 0, 0] || bytes == [0, 0, 0xFE, 0xFF]
            || isZero == [false, true, true, true] || isZero == [true, true, true, false]
        {
            self = .utf32
        } else if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF])
            || isZero == [false, true, false, true] || isZero == [true, false, true, false]
        {
            self = .utf16
        } else if bytes == [0x50, 0x4B, 3, 4] {
            self = .zip
        } else if bytes.starts(with: [0x1F, 0x8B]) {
            self = .gzip
        } else {
            return nil
        }
    }
}
