package import ConnectionState
package import NIOCore
package import TandemCore
package import Wire

/// What a port does with requests: one object for each connection, used on its event loop only.
///
/// Requests come in batches: all frames that one read brought, between ``batchBegan(now:)`` and
/// ``batchEnded()``; their answers leave with one flush. A request is either answered within
/// ``handle(_:replies:)``, or later through the connection's ``ServerPort``.
package protocol ConnectionService: AnyObject {
    func batchBegan(now: MonotonicTime)
    /// Writes only to `replies`: while it runs, the ``ServerPort`` must not be written to.
    func handle(_ request: ServerRequest, replies: inout ReplyWriter) -> Disposition
    /// The client gave up on a request that is still open: stop, and send its final frame.
    func cancel(_ stream: UInt32)
    /// The deadline of an open request that changes nothing has passed: stop, and send its final
    /// frame.
    func expire(_ stream: UInt32)
    /// An open stream that had run out of credit or of room may send again.
    func resume(_ stream: UInt32)
    func batchEnded()
    /// Nothing can be sent any more; forget what is open.
    func connectionClosed()
}

/// What became of a request within its handler.
package enum Disposition: Hashable, Sendable {
    /// Its final frame was written.
    case answered
    /// It holds its slot until ``ServerPort/finish(_:_:)``.
    case pending
    /// All items and the END were written to the connection's page buffer; they leave as the
    /// stream's credit allows.
    case paged
}

/// One admitted request.
package struct ServerRequest {
    package let stream: UInt32
    /// The service's own number of the method.
    package let method: Int
    package let metadata: Metadata
    /// Shares memory with the receive buffer: decode it now, or copy it.
    package let body: ByteBuffer
    package let deadline: MonotonicTime?
    package let now: MonotonicTime
}

/// What makes the services of a port's connections, and what they have in common.
package protocol PortService: Sendable {
    /// Without those of `tandem.meta.v1.Meta`, which every port answers.
    var methods: MethodTable { get }
    /// Whose word the reasons of rejections are: the domain's name.
    var errorDomain: String { get }
    var identity: ServerIdentity { get }
    /// What the port tells of itself through `tandem.meta.v1.Meta`.
    var report: PortReport { get }
    /// The dictionaries that a new connection is offered, in the order of their encodings.
    func dictionaries() -> [OfferedDictionary]
    /// - Parameter dictionaryCount: how many of ``dictionaries()`` the connection got.
    func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService
}

/// Who answers, for WELCOME.
package struct ServerIdentity: Sendable {
    /// The name by which servers of this release introduce themselves.
    package static let version = "tandem-server/0.1"

    package let name: String
    package let clusterID: [UInt8]
    package let epoch: LogEpoch
    package let keyRetention: Duration

    package init(name: String, clusterID: [UInt8], epoch: LogEpoch, keyRetention: Duration) {
        self.name = name
        self.clusterID = clusterID
        self.epoch = epoch
        self.keyRetention = keyRetention
    }
}

/// A dictionary as WELCOME carries it.
package struct OfferedDictionary: Sendable {
    package let sha256: [UInt8]
    package let bytes: [UInt8]

    package init(sha256: [UInt8], bytes: [UInt8]) {
        self.sha256 = sha256
        self.bytes = bytes
    }
}
