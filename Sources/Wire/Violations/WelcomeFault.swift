/// What a client can't accept of a WELCOME.
package enum WelcomeFault: Hashable, Sendable {
    case minorVersion
    case feature
    case methodCount
    case methodKind
    case dictionary
}

extension WelcomeFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .minorVersion: "its minor version is above the client's"
        case .feature: "it agrees to a feature that was not asked for"
        case .methodCount: "it has not one entry for each method of HELLO"
        case .methodKind: "a known method is neither unary nor a stream"
        case .dictionary:
            "a dictionary has another hash than it is listed under, is too long, stands twice, or "
                + "has no content and is none that HELLO named"
        }
    }
}
