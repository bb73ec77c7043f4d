package import NIOCore

/// Counts what a JSON text costs to decode, before anybody decodes it: its values, and the names of
/// members. As ``MessageScan`` does for protobuf. Pure; allocates nothing; O(bytes).
package enum JSONScan {
    /// `nil` if there are more than `elementCountMax`.
    package static func elementCount(in text: ByteBuffer, elementCountMax: Int) -> Int? {
        let bytes = text.readableBytesSpan
        var count = 1
        var isInString = false
        var index = 0
        while index < bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            index += 1
            switch byte {
            case UInt8(ascii: "\""):
                isInString.toggle()
            case UInt8(ascii: "\\"):
                // What is behind it is part of the string, a quotation mark too.
                if isInString { index += 1 }
            case UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "{"), UInt8(ascii: "["):
                guard !isInString else { continue }
                count += 1
                guard count <= elementCountMax else { return nil }
            default:
                break
            }
        }
        return count
    }
}
