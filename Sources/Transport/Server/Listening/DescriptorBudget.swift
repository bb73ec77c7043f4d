import NIOCore
import Synchronization

/// The sockets that this process can afford, shared by its ports.
///
/// Counted from accept to close, so that also those count which aren't served yet or any more.
package final class DescriptorBudget: Sendable {
    /// By the limit that holds when the first port begins to listen.
    package static let process = DescriptorBudget(
        descriptorCount: OpenFileLimit.current, ownCount: 32 + 4 * System.coreCount)

    private let shares: Mutex<DescriptorShares>

    init(descriptorCount: Int, ownCount: Int) {
        shares = Mutex(DescriptorShares(descriptorCount: descriptorCount, ownCount: ownCount))
    }

    /// Connections of all ports together.
    package var connectionCountMax: Int { shares.withLock { $0.connectionCountMax } }

    func addPort() -> PortDescriptors {
        PortDescriptors(budget: self, port: shares.withLock { $0.addPort() })
    }

    fileprivate func update<Result: Sendable>(
        _ body: (inout sending DescriptorShares) -> sending Result
    ) -> Result {
        shares.withLock(body)
    }
}

/// One port's part of a ``DescriptorBudget``. Any thread.
struct PortDescriptors: Sendable {
    fileprivate let budget: DescriptorBudget
    fileprivate let port: Int

    /// A socket was accepted.
    func opened() { budget.update { [port] in $0.opened(on: port) } }

    func closed() { budget.update { [port] in $0.closed(on: port) } }

    /// The port no longer listens, and its connections are closed.
    func leave() { budget.update { [port] in $0.removePort(port) } }

    /// Whether another socket can be accepted, be it to refuse it.
    var mayAccept: Bool { room > 0 }

    /// Whether the socket that was counted last can be served.
    var mayServe: Bool { room >= budget.update { $0.refusalCountMax } }

    /// Whether a refused connection can wait for its peer to hear of it.
    var mayLinger: Bool { room >= budget.update { $0.refusalCountMax / 2 } }

    private var room: Int { budget.update { [port] in $0.room(on: port) } }
}
