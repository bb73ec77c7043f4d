import NIOCore
package import TandemCore

/// How an entry stands in a metadata block: `name NUL value`. SPEC.md, section "Metadata".
extension CustomEntry {
    package var tag: MetadataTag {
        switch value {
        case .text: .customText
        case .binary: .customBinary
        }
    }

    /// What the entry takes behind its tag and length.
    package var byteCount: Int { textByteCount + 1 }

    /// `nil` if the name is missing or anything is not UTF-8.
    init?(readingTextFrom value: inout ByteBuffer) {
        guard let name = Self.readName(from: &value),
            // Not UTF-8: the block is malformed.
            let text = try? value.readUTF8ValidatedString(length: value.readableBytes)
        else { return nil }
        self.init(name: name, value: .text(text))
    }

    /// `nil` if the name is missing or not UTF-8.
    init?(readingBinaryFrom value: inout ByteBuffer) {
        guard let name = Self.readName(from: &value) else { return nil }
        self.init(name: name, value: .binary(Array(value.readableBytesView)))
    }

    private static func readName(from value: inout ByteBuffer) -> String? {
        let length = value.readableBytesView.prefix { $0 != 0 }.count
        guard length > 0, length < value.readableBytes,
            // Not UTF-8: the block is malformed.
            let name = try? value.readUTF8ValidatedString(length: length)
        else { return nil }
        value.moveReaderIndex(forwardBy: 1)
        return name
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeMultipleIntegers(tag.rawValue, UInt16(clamping: byteCount))
        buffer.writeString(name)
        buffer.writeInteger(UInt8(0))
        switch value {
        case .text(let text): buffer.writeString(text)
        case .binary(let bytes): buffer.writeBytes(bytes)
        }
    }
}
