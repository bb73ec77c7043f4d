package import NIOCore

/// CRC-32C (Castagnoli): the checksum of iSCSI (RFC 3720, 12.1) and of Tandem's frames.
///
/// Reflected, initial value and final XOR 0xFFFFFFFF; of the bytes of "123456789" it is
/// 0xE3069283. Eight bytes a step by eight tables, after Kounavis and Berry, "A Systematic
/// Approach to Building High Performance, Software-based, CRC Generators" (2005).
package enum CRC32C {
    private static let polynomial: UInt32 = 0x82F6_3B78

    /// Table n gives the effect of a byte that n more bytes follow.
    private static let tables: [[UInt32]] = {
        let first = (0..<256).map { byte in
            (0..<8).reduce(UInt32(byte)) { crc, _ in
                crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1
            }
        }
        return (0..<7).reduce(into: [first]) { tables, n in
            tables.append(tables[n].map { first[Int($0 & 0xFF)] ^ $0 >> 8 })
        }
    }()

    /// The same, one behind the other: one base address, and no array of arrays on the way.
    private static let table: [UInt32] = tables.flatMap { $0 }

    /// The checksum of `bytes`. O(bytes).
    ///
    /// - Parameter start: the checksum of what stands before them.
    package static func checksum(_ bytes: RawSpan, after start: UInt32 = 0) -> UInt32 {
        let table = table.span
        var crc = ~start
        var index = 0
        while index + 8 <= bytes.byteCount {
            // Inside the bounds by the line above.
            let eight = UInt64(
                littleEndian: unsafe bytes.unsafeLoadUnaligned(
                    fromUncheckedByteOffset: index, as: UInt64.self))
            let low = crc ^ UInt32(truncatingIfNeeded: eight)
            let high = UInt32(truncatingIfNeeded: eight >> 32)
            crc =
                table[0x700 + Int(low & 0xFF)] ^ table[0x600 + Int(low >> 8 & 0xFF)]
                ^ table[0x500 + Int(low >> 16 & 0xFF)] ^ table[0x400 + Int(low >> 24)]
            crc ^=
                table[0x300 + Int(high & 0xFF)] ^ table[0x200 + Int(high >> 8 & 0xFF)]
                ^ table[0x100 + Int(high >> 16 & 0xFF)] ^ table[Int(high >> 24)]
            index += 8
        }
        while index < bytes.byteCount {
            let byte = unsafe bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            crc = table[Int((crc ^ UInt32(byte)) & 0xFF)] ^ crc >> 8
            index += 1
        }
        return ~crc
    }

    /// The checksum of a buffer's readable bytes.
    package static func checksum(_ buffer: ByteBuffer, after start: UInt32 = 0) -> UInt32 {
        checksum(buffer.readableBytesSpan, after: start)
    }
}
