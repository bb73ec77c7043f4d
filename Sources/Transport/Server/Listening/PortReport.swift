package import ConnectionState
package import WireMessages

/// What a port can say of itself, beyond its methods.
package struct PortReport: Sendable {
    /// The protobuf package of the domain that is served here; empty if it is none.
    package let domain: String
    package let collections: [Tandem_Meta_V1_CollectionDescription]
    /// Why the port can't do its work yet, in one sentence; `nil` if it can. Any thread.
    package let obstacle: @Sendable () -> String?
    /// Why the port is not as it should be, one sentence each; empty if all is well. Any thread.
    package let troubles: @Sendable () -> [String]
    /// Any thread.
    package let status: @Sendable (MonotonicTime) -> Tandem_Meta_V1_StatusReply

    package init(
        domain: String, collections: [Tandem_Meta_V1_CollectionDescription] = [],
        obstacle: @escaping @Sendable () -> String? = { nil },
        troubles: @escaping @Sendable () -> [String] = { [] },
        status: @escaping @Sendable (MonotonicTime) -> Tandem_Meta_V1_StatusReply
    ) {
        self.domain = domain
        self.collections = collections
        self.obstacle = obstacle
        self.troubles = troubles
        self.status = status
    }
}
