/// Another protocol, told by its first four bytes: read as a frame's length they only say that a
/// frame would be too long.
package enum ForeignProtocol: Hashable, Sendable {
    case http, tls, ssh
    /// Four printable characters of something else: `-ERR`, `220 `.
    case text(UInt32)

    /// `nil` if the length tells of no other protocol.
    package init?(takenForLength length: UInt32) {
        switch length {
        // `HTTP`
        case 0x4854_5450: self = .http
        // An alert or a handshake, version 3.x: what TLS begins each record with.
        case 0x1503_0000...0x1503_FFFF, 0x1603_0000...0x1603_FFFF: self = .tls
        // `SSH-`
        case 0x5353_482D: self = .ssh
        default:
            guard Self.bytes(of: length).allSatisfy({ (0x20..<0x7F).contains($0) }) else {
                return nil
            }
            self = .text(length)
        }
    }

    fileprivate static func text(of length: UInt32) -> String {
        String(decoding: bytes(of: length), as: UTF8.self)
    }

    private static func bytes(of length: UInt32) -> [UInt8] {
        [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
    }
}

extension ForeignProtocol: CustomStringConvertible {
    /// A sentence without its end.
    package var description: String {
        let name =
            switch self {
            case .http: "HTTP"
            case .tls: "TLS"
            case .ssh: "SSH"
            case .text(let length): "text ('\(Self.text(of: length))…')"
            }
        return "the peer speaks \(name), not Tandem; the address may be wrong"
    }
}
