package import Wire

/// How a client connection introduces itself.
package struct ClientConfiguration: Sendable {
    package var role: ConnectionRole
    /// The methods that will be called; an ``OutboundCall`` names one by its index.
    package var methods: [String]
    package var clientName: String
    /// The cluster that the server must be of, 16 bytes; `nil`: any.
    package var clusterID: [UInt8]?
    package var acceptsZlib = true
    /// Asks for a checksum on every frame: worth it between machines, not within one, where the
    /// kernel only copies.
    package var wantsChecksums = false
    /// Keeps dictionaries from one connection to the next; `nil`: each begins without.
    package var heldDictionaries: HeldDictionaries?
    /// Says things that servers must ignore, now and then.
    package var greases = true
    package var connectTimeout: Duration = .seconds(5)
    /// The longest frame accepted from the server.
    package var frameInLengthMax: UInt32 = 4 << 20
    /// The longest body accepted, inflated.
    package var bodyByteCountMax: UInt32 = 1 << 24 - 1
    /// The longest page that is collected for a caller, inflated.
    package var pageByteCountMax = 64 << 20
    /// Bytes of items on a new stream before the first credit.
    package var initialWindow: UInt32 = 1 << 20
    /// Silence before a PING, and then before the connection is given up.
    package var pingAfter: Duration = .seconds(60)
    package var deadAfterPing: Duration = .seconds(20)

    package init(role: ConnectionRole, methods: [String], clientName: String) {
        self.role = role
        self.methods = methods
        self.clientName = clientName
    }
}
