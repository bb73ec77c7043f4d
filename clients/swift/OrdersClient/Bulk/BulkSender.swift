import NIOCore
import OrdersMessages
import Synchronization
public import TandemClient

/// Sends very many commands as fast as the server takes them: several connections, thousands of
/// commands in flight, the next one pulled from a ``BulkJob`` when an answer makes room.
///
/// It outlives a restart of the server: it reconnects and sends everything unanswered again with
/// the same keys, as long as the configuration's patience lasts. So each command happens once.
/// Commands in flight together may be carried out in any order.
public struct BulkSender: Sendable {
    static let methods = CallMethods(Orders.methods)

    private let client: TandemConfiguration
    private let bulk: BulkConfiguration
    private let dialer: any LinkDialer

    /// Connects when run.
    public init(client: TandemConfiguration, bulk: BulkConfiguration = BulkConfiguration()) {
        self.init(client: client, bulk: bulk, dialer: TransportDialer(client, Self.methods))
    }

    package init(
        client: TandemConfiguration, bulk: BulkConfiguration, dialer: any LinkDialer
    ) {
        self.client = client
        self.bulk = bulk
        self.dialer = dialer
    }

    /// Sends all commands of `job` and waits until each has its final result.
    ///
    /// To stop early, let the job give no more commands: those in flight still get their results.
    ///
    /// - Throws: If the server can't be reached, or has not answered for the patience given. What
    ///   became of the commands in flight is then unknown: run the job again with the same keys.
    public func run(_ job: any BulkJob) async throws(TandemError) {
        PatienceWatch.told?(bulk.patience)
        let loop = dialer.eventLoop
        // Holds the run while it goes on; its lanes know it only weakly.
        let held = Mutex<BulkRun?>(nil)
        let error: TandemError? = await withCheckedContinuation { continuation in
            let run = BulkRun(job, loop: loop, configuration: bulk) { error in
                continuation.resume(returning: error)
            }
            held.withLock { $0 = run }
            loop.execute { run.start(dialer: dialer, backoff: client.backoff) }
        }
        held.withLock { $0 = nil }
        if let error { throw error.adding(["address": client.commandAddress.description]) }
    }
}
