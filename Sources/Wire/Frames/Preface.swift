package import NIOCore

/// Which of the three ports a connection is for; the preface's last byte.
package enum ConnectionRole: UInt8, Sendable, CaseIterable, CustomStringConvertible {
    case command = 1
    case query = 2
    case feed = 3

    package var description: String {
        switch self {
        case .command: "command"
        case .query: "query"
        case .feed: "feed"
        }
    }
}

/// The first 8 bytes of a connection, client → server: magic, major version, role.
///
/// The magic's first byte is not ASCII, so no text protocol is taken for Tandem's; CR LF stand
/// inside, so a path that rewrites line ends breaks it at once.
package struct Preface: Hashable, Sendable {
    package static let magic: [UInt8] = [0xF4, 0x54, 0x4E, 0x44, 0x0D, 0x0A]
    package static let byteCount = 8
    package static let major: UInt8 = 1

    package let role: ConnectionRole

    package init(role: ConnectionRole) {
        self.role = role
    }

    /// Takes the preface off the front of `buffer`; `nil` while it is incomplete.
    ///
    /// A wrong byte is refused when it arrives, not after eight.
    package static func read(
        from buffer: inout ByteBuffer
    ) throws(ProtocolViolation) -> Preface? {
        guard
            buffer.readableBytesView.prefix(magic.count).elementsEqual(
                magic.prefix(buffer.readableBytes))
        else { throw .badMagic }
        var rest = buffer
        rest.moveReaderIndex(forwardBy: min(magic.count, rest.readableBytes))
        guard let major: UInt8 = rest.readInteger() else { return nil }
        guard major == self.major else { throw .unsupportedVersion(major: major) }
        guard let number: UInt8 = rest.readInteger() else { return nil }
        guard let role = ConnectionRole(rawValue: number) else { throw .unknownRole(number) }
        buffer = rest
        return Preface(role: role)
    }

    package func write(to buffer: inout ByteBuffer) {
        buffer.writeBytes(Self.magic)
        buffer.writeMultipleIntegers(Self.major, role.rawValue)
    }
}
