/// Why a connection is ended: the `a` field of GOAWAY.
package enum GoAwayCode: UInt16, Sendable {
    /// A regular end: shutdown or maintenance.
    case noError = 0
    case protocolError = 1
    case version = 2
    case size = 3
    case timeout = 4
    case flow = 5
    case checksum = 6
    case limit = 7
    /// Too many frames that cost work and carry none: pings, skipped frames, tiny credits.
    case calm = 8
    /// The peer doesn't read.
    case slow = 9
    case unauthenticated = 10
    case cluster = 11
    case `internal` = 12
}

/// How a peer broke the protocol. Each ends its connection; none ends anything else.
package enum ProtocolViolation: Error, Hashable, Sendable {
    case badMagic
    case unsupportedVersion(major: UInt8)
    case unknownRole(UInt8)
    case wrongRole(asked: ConnectionRole, served: ConnectionRole)
    case frameTooShort(length: UInt32)
    case frameTooLong(length: UInt32, lengthMax: UInt32)
    case unknownFrameType(UInt8)
    case reservedFlags(type: UInt8, flags: UInt8)
    case unexpectedFrame(FrameType)
    case reservedField(FrameType)
    case truncatedMetadata
    case metadataTooLong(byteCount: Int, byteCountMax: Int)
    case duplicateMetadata(tag: UInt8)
    case unknownMetadata(tag: UInt8)
    /// Of a server only: from a client it is the caller's mistake.
    case malformedMetadata(MetadataTag)
    case malformedControlMessage(FrameType)
    case badWelcome(WelcomeFault)
    case tooManyMethods(count: Int, countMax: Int)
    case wrongCluster
    case handshakeTimeout
    case frameTimeout
    case badStreamID(stream: UInt32, last: UInt32)
    case unopenedStream(UInt32)
    case tooManyInFlight(countMax: Int)
    case zeroCredit(stream: UInt32)
    case creditOverflow(stream: UInt32)
    case creditOnUnary(stream: UInt32)
    case badPing
    case tooManyConnections
    case tooManyNuisances(countMax: Int)
    case peerSilent
    case peerDoesNotRead
    case badEncoding(id: UInt16)
    case badBody(stream: UInt32)
    case bodyTooLong(byteCount: UInt32, byteCountMax: UInt32)
    case badChecksum(type: UInt8)
    case missingChecksum(type: UInt8)

    package var code: GoAwayCode {
        switch self {
        case .unsupportedVersion: .version
        case .frameTooShort, .frameTooLong, .metadataTooLong, .bodyTooLong: .size
        case .handshakeTimeout, .frameTimeout, .peerSilent: .timeout
        case .creditOverflow: .flow
        case .badChecksum, .missingChecksum: .checksum
        case .tooManyInFlight, .tooManyMethods, .tooManyConnections: .limit
        case .tooManyNuisances: .calm
        case .peerDoesNotRead: .slow
        case .wrongCluster: .cluster
        case .badMagic, .unknownRole, .wrongRole, .unknownFrameType, .reservedFlags,
            .unexpectedFrame, .reservedField, .truncatedMetadata, .duplicateMetadata,
            .unknownMetadata, .malformedMetadata, .malformedControlMessage, .badWelcome,
            .badStreamID, .unopenedStream, .zeroCredit, .creditOnUnary, .badPing, .badEncoding,
            .badBody:
            .protocolError
        }
    }
}
