package import Session
package import SwiftProtobuf

/// The built-in service, `tandem.meta.v1`, that every port answers.
package enum MetaMethod {
    package static let status = "tandem.meta.v1.Meta/Status"

    package static let statusTraits = MethodTraits(
        kind: .unary, idempotency: .readOnly, bodyByteCountMax: 1_024)

    /// A reply as a body. Empty if it can't be encoded, which takes 2 GiB of it.
    package static func body(of reply: some Message) -> [UInt8] {
        (try? reply.serializedBytes()) ?? []
    }
}
