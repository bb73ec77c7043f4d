import Wire
import WireMessages

/// Whether a method's calls may be made again although they may have been carried out: the server's
/// word in WELCOME, since it is the server that keeps the keys.
package enum RetryPolicy: Hashable, Sendable {
    /// They change nothing.
    case always
    /// With the same idempotency key.
    case withKey
    /// It doesn't say, or not so that this client understands.
    case never

    init(_ idempotency: MethodInfo.Idempotency) {
        self =
            switch idempotency {
            case .readOnly: .always
            case .keyed: .withKey
            case .unspecified, .UNRECOGNIZED(_): .never
            }
    }
}
