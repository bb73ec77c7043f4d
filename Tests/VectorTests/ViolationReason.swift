import Wire

extension ProtocolViolation {
    /// The vectors' word for it.
    var reason: String {
        switch self {
        case .badMagic: "bad-magic"
        case .unsupportedVersion: "unsupported-version"
        case .unknownRole: "unknown-role"
        case .wrongRole: "wrong-role"
        case .frameTooShort: "frame-too-short"
        case .frameTooLong: "frame-too-long"
        case .unknownFrameType: "unknown-frame-type"
        case .reservedFlags: "reserved-flags"
        case .unexpectedFrame: "unexpected-frame"
        case .reservedField: "reserved-field"
        case .truncatedMetadata: "metadata-truncated"
        case .metadataTooLong: "metadata-too-long"
        case .duplicateMetadata: "metadata-duplicate"
        case .unknownMetadata: "metadata-unknown"
        case .malformedControlMessage: "malformed-message"
        case .tooManyMethods: "too-many-methods"
        case .wrongCluster: "wrong-cluster"
        case .badStreamID: "bad-stream-id"
        case .unopenedStream: "unopened-stream"
        case .zeroCredit: "zero-credit"
        case .creditOverflow: "credit-overflow"
        case .creditOnUnary: "credit-on-unary"
        case .badPing: "bad-ping"
        case .badEncoding: "bad-encoding"
        case .badBody: "bad-body"
        case .bodyTooLong: "promise-too-long"
        case .badChecksum: "checksum-wrong"
        case .missingChecksum: "checksum-missing"
        default: "\(self)"
        }
    }

    /// What the vectors say of it.
    var finding: Finding { Finding(reason: reason, code: code.rawValue) }
}
