package import TandemCore
package import Wire

/// A request that is answered with an error before any handler sees it; nothing was done.
package enum Refusal: Hashable, Sendable {
    case unknownMethodIndex(UInt16, methodCount: Int)
    case unknownMethod(index: UInt16, name: String?)
    case wrongPort(name: String, role: ConnectionRole)
    case bodyTooLong(byteCount: Int, byteCountMax: Int)
    case tooManyElements(countMax: Int)
    case missingKey
    case malformedMetadata(MetadataTag)

    package var rejection: Rejection {
        switch self {
        case .unknownMethodIndex(let index, let methodCount):
            Rejection(
                .unimplemented, reason: "UNKNOWN_METHOD",
                message: "Method index \(index) is not in this connection's list of "
                    + "\(methodCount) methods.")
        case .unknownMethod(_, let name?):
            Rejection(
                .unimplemented, reason: "UNKNOWN_METHOD",
                message: "This server has no method \(name).", metadata: ["method": name])
        case .unknownMethod(let index, nil):
            Rejection(
                .unimplemented, reason: "UNKNOWN_METHOD",
                message: "This server does not have the method that this connection's list has at "
                    + "index \(index).")
        case .wrongPort(let name, let role):
            Rejection(
                .unimplemented, reason: "WRONG_PORT",
                message: "\(name) is served on the \(role) port; open a \(role) connection.",
                metadata: ["method": name, "role": "\(role)"])
        case .bodyTooLong(let byteCount, let byteCountMax):
            Rejection(
                .resourceExhausted, reason: "REQUEST_TOO_LARGE",
                message: "The request has \(byteCount) bytes; this method takes "
                    + "\(byteCountMax) at the most.")
        case .tooManyElements(let countMax):
            Rejection(
                .resourceExhausted, reason: "REQUEST_TOO_COMPLEX",
                message: "The request's fields, those of its inner messages and the numbers of "
                    + "its lists are more than \(countMax); send less at a time "
                    + "(--limit request-elements).",
                metadata: ["max": "\(countMax)"])
        case .missingKey:
            Rejection(
                .invalidArgument, reason: "KEY_MISSING",
                message: "A command needs an idempotency key of 16 bytes in its metadata.")
        case .malformedMetadata(let tag):
            Rejection(
                .invalidArgument, reason: "MALFORMED_METADATA",
                message: """
                    The metadata entry \(tag) has the wrong length or is not UTF-8, or is one of \
                    more than \(Metadata.customCountMax) of the application's own.
                    """)
        }
    }
}
