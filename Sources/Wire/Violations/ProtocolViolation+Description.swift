extension ProtocolViolation: CustomStringConvertible {
    /// What was wrong, where, and what is right instead; sent in GOAWAY and logged.
    package var description: String {
        switch self {
        case .badMagic:
            "the first bytes are not Tandem's preface"
        case .unsupportedVersion(let major):
            "protocol version \(major) is not supported; this side speaks version 1"
        case .unknownRole(let role):
            "role \(role) is unknown; 1 is command, 2 query, 3 feed"
        case .wrongRole(let asked, let served):
            "this is the \(served) port; a \(asked) connection belongs on the \(asked) port"
        case .frameTooShort(let length):
            "a frame's length is \(length); the least is \(FrameHeader.lengthMin)"
        case .frameTooLong(let length, let lengthMax):
            ForeignProtocol(takenForLength: length)?.description
                ?? "a frame's length is \(length); the most is \(lengthMax)"
        case .unknownFrameType(let type):
            "frame type \(type) is unknown, and types below 128 can't be skipped"
        case .reservedFlags(let type, let flags):
            "frame type \(type) has flags \(flags), some of which are not defined for it"
        case .unexpectedFrame(let type):
            "a frame of type \(type) can't stand here"
        case .reservedField(let type):
            "a field of a \(type) frame that must be 0, or a body that must be empty, is not"
        case .truncatedMetadata:
            "a metadata block or entry is longer than the frame"
        case .metadataTooLong(let byteCount, let byteCountMax):
            "a metadata block has \(byteCount) bytes; the most is \(byteCountMax)"
        case .duplicateMetadata(let tag):
            "metadata tag \(tag) stands twice"
        case .unknownMetadata(let tag):
            "metadata tag \(tag) is unknown, and tags below 128 can't be skipped"
        case .malformedMetadata(let tag):
            "the metadata entry \(tag) has the wrong length or form"
        case .badWelcome(let fault):
            "WELCOME can't be accepted: \(fault)"
        case .malformedControlMessage(let type):
            "the body of a \(type) frame can't be decoded"
        case .tooManyMethods(let count, let countMax):
            "HELLO lists \(count) methods; the most is \(countMax)"
        case .wrongCluster:
            "this server belongs to another cluster than the client asked for"
        case .handshakeTimeout:
            "the handshake took too long"
        case .frameTimeout:
            "a frame was begun and not finished in time"
        case .badStreamID(let stream, let last):
            "stream \(stream) can't be opened after \(last); ids are nonzero and increase"
        case .unopenedStream(let stream):
            "stream \(stream) was never opened"
        case .tooManyInFlight(let countMax):
            "more than \(countMax) requests are in flight"
        case .zeroCredit(let stream):
            "a credit of 0 bytes on stream \(stream)"
        case .creditOverflow(let stream):
            "the credit of stream \(stream) exceeds 2^31-1 bytes"
        case .creditOnUnary(let stream):
            "stream \(stream) is a unary call, which takes no credit"
        case .badPing:
            "a PING or PONG must have stream, a and b 0 and 8 bytes of body"
        case .tooManyConnections:
            "too many connections are open, or the server is shutting down"
        case .tooManyNuisances(let countMax):
            "more than \(countMax) pings, cancels, credits or skipped frames in 30 s"
        case .peerSilent:
            "nothing was heard for too long"
        case .peerDoesNotRead:
            "answers waited too long to be read"
        case .badEncoding(let id):
            "encoding \(id) was not agreed on this connection"
        case .badChecksum(let type):
            "the checksum of a frame of type \(type) is wrong: its bytes were damaged on the way"
        case .missingChecksum(let type):
            "a frame of type \(type) has no checksum, though this side has begun to send them"
        case .bodyTooLong(let byteCount, let byteCountMax):
            "a compressed body has \(byteCount) bytes when inflated; the most is \(byteCountMax)"
        case .badBody(let stream):
            "a compressed body on stream \(stream) is damaged or has the wrong length"
        }
    }
}
