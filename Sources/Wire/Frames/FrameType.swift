/// What a frame is: the byte at offset 4. SPEC.md, section "Frames".
package enum FrameType: UInt8, Sendable, CaseIterable {
    /// Client → server, once: what the client can do and will call.
    case hello = 0x01
    /// Server → client, once: what was agreed.
    case welcome = 0x02
    case request = 0x03
    /// The only answer of a unary call. Final.
    case response = 0x04
    /// One document or batch of a stream.
    case item = 0x05
    /// A stream's regular end. Final; a type of its own, since an empty message is a valid item.
    case end = 0x06
    /// A call's failure. Final.
    case error = 0x07
    case cancel = 0x08
    /// More bytes that the server may send on a stream.
    case credit = 0x09
    case ping = 0x0A
    case pong = 0x0B
    case goAway = 0x0C

    /// Types from here on may be skipped by who doesn't know them; unknown ones below end the
    /// connection.
    package static let firstIgnorable: UInt8 = 0x80
}

/// The byte at offset 5. A bit that isn't defined for the frame's type is a violation.
package struct FrameFlags: OptionSet, Sendable, Hashable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// A metadata block stands between header and body.
    package static let metadata = FrameFlags(rawValue: 0x01)
    /// RESPONSE: this is the stored answer to an earlier command with the same key.
    package static let replayed = FrameFlags(rawValue: 0x02)
    /// ERROR: this is the stored rejection of an earlier command with the same key.
    package static let replayedError = FrameFlags(rawValue: 0x04)
    /// ERROR: nothing was done, so anything may be retried.
    package static let notProcessed = FrameFlags(rawValue: 0x02)
    /// GOAWAY: the connection ends now, not after the open calls.
    package static let hard = FrameFlags(rawValue: 0x02)

    /// Any frame but HELLO and WELCOME, where checksums were agreed: a trailer ends the frame.
    package static let checksum = FrameFlags(rawValue: 0x80)

    /// The bits that a frame of this type may carry, besides ``checksum``.
    package static func allowed(on type: FrameType) -> FrameFlags {
        switch type {
        case .request, .item, .end: .metadata
        case .response: [.metadata, .replayed]
        case .error: [.metadata, .notProcessed, .replayedError]
        case .goAway: .hard
        case .hello, .welcome, .cancel, .credit, .ping, .pong: []
        }
    }
}
