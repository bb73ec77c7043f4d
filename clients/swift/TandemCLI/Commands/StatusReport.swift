package import TandemClient
package import TandemCore

/// What both ports say about themselves, in one; of one that fails, why.
package struct StatusReport: Sendable {
    package let write: Result<ServerStatus, TandemError>
    package let read: Result<ServerStatus, TandemError>
    /// Of which cluster the two are, as far as they know.
    package let cluster: ClusterID?

    package init(
        write: Result<ServerStatus, TandemError>, read: Result<ServerStatus, TandemError>,
        cluster: ClusterID? = nil
    ) {
        self.write = write
        self.read = read
        self.cluster = cluster
    }

    /// Asks both sides at once: a frozen one must not take the other's time. Throws if neither side
    /// answers.
    ///
    /// - Parameter timeout: For both; `nil`: as the client is configured.
    package static func fetch(
        _ client: TandemClient, timeout: Duration? = nil
    ) async throws(TandemError) -> StatusReport {
        let options = CallOptions(timeout: timeout)
        async let asked = outcome { () async throws(TandemError) in
            try await client.writeStatus(options: options)
        }
        let read = await outcome { () async throws(TandemError) in
            try await client.readStatus(options: options)
        }
        let write = await asked
        if case .failure(let error) = write, case .failure = read { throw error }
        return StatusReport(write: write, read: read, cluster: client.clusterID)
    }

    private static func outcome(
        _ ask: () async throws(TandemError) -> ServerStatus
    ) async -> Result<ServerStatus, TandemError> {
        do throws(TandemError) {
            return .success(try await ask())
        } catch {
            return .failure(error)
        }
    }

    /// Why one side is missing.
    package var failure: TandemError? {
        for case .failure(let error) in [write, read] { return error }
        return nil
    }

    /// The log's head; `nil` without the write side, since the read side only knows of it.
    package var head: LogPosition? {
        guard let own = writeStatus?.head else { return nil }
        return max(own, readStatus?.head ?? own)
    }

    package var readPosition: LogPosition? { readStatus?.readPosition }

    // Why a side has no status is told where its figures would be.
    private var writeStatus: ServerStatus? { try? write.get() }
    // As above.
    private var readStatus: ServerStatus? { try? read.get() }

    private var lagEvents: UInt64? {
        guard let head, let readPosition else { return nil }
        return head.rawValue - min(readPosition.rawValue, head.rawValue)
    }

    private var lagMilliseconds: Int64? {
        readStatus?.staleness.map { Int64(min(($0 / .milliseconds(1)).rounded(), 9e15)) }
    }

    package var json: JSON {
        let epoch = (writeStatus ?? readStatus)?.epoch
        var members = [
            JSON.Member(name: "head_position", value: JSON(head?.rawValue)),
            JSON.Member(name: "read_position", value: JSON(readPosition?.rawValue)),
            JSON.Member(name: "lag_events", value: JSON(lagEvents)),
            JSON.Member(name: "lag_ms", value: lagMilliseconds.map { .count(Int($0)) } ?? .null),
            JSON.Member(
                name: "feed_connected", value: readStatus.map { .bool($0.isFeedConnected) } ?? .null
            ),
            JSON.Member(
                name: "building_until_position",
                value: readStatus.map { JSON($0.building?.target.rawValue) } ?? .null),
            JSON.Member(
                name: "pending_fan_outs", value: JSON(readStatus?.pendingFanOuts)),
            JSON.Member(name: "queue_length", value: JSON(writeStatus?.queueLength)),
            JSON.Member(
                name: "memory",
                value: [
                    "write": writeStatus?.memory?.json ?? .null,
                    "read": readStatus?.memory?.json ?? .null,
                ]),
            JSON.Member(
                name: "troubles",
                value: [
                    "write": writeStatus?.troublesJSON ?? .null,
                    "read": readStatus?.troublesJSON ?? .null,
                ]),
            JSON.Member(name: "log_epoch", value: epoch.map { .string($0.description) } ?? .null),
            JSON.Member(name: "cluster", value: cluster.map { .string($0.description) } ?? .null),
            JSON.Member(name: "collections", value: collectionsJSON),
        ]
        if let failure {
            members.append(JSON.Member(name: "error", value: .string(failure.message)))
        }
        return .object(members)
    }

    private var collectionsJSON: JSON {
        guard let readStatus else { return .null }
        return .array(
            readStatus.collections.map {
                [
                    "name": .string($0.name),
                    "documents": JSON($0.documentCount),
                    "raw_bytes": JSON($0.rawByteCount),
                    "stored_bytes": JSON($0.storedByteCount),
                    "memory_bytes": JSON($0.memoryByteCount),
                ]
            })
    }

    package var text: SafeText {
        var facts = Table([.left, .left])
        if case .failure(let error) = write { facts.add(["write side", error.sideText]) }
        if case .failure(let error) = read { facts.add(["read side", error.sideText]) }
        if let head { facts.add(["head position", head.rawValue.grouped]) }
        if let readPosition { facts.add(["read position", readPosition.rawValue.grouped]) }
        let lags = [
            lagEvents.map { "\($0.grouped) events" },
            lagMilliseconds.map { "\($0.grouped) ms" } ?? readStatus.map { _ in "age unknown" },
        ].compactMap(\.self)
        if !lags.isEmpty { facts.add(["lag", lags.joined(separator: ", ")]) }
        if let readStatus {
            facts.add(["feed", readStatus.isFeedConnected ? "connected" : "NOT CONNECTED"])
        }
        if let readStatus, let building = readStatus.building {
            let share = readStatus.readPosition.shareText(
                of: building.target, left: building.left)
            facts.add(["documents", "BEING BUILT: \(share)"])
        }
        if let count = readStatus?.pendingFanOuts, count > 0 {
            facts.add(["fan-outs pending", count.grouped])
        }
        if let writeStatus { facts.add(["commands waiting", writeStatus.queueLength.grouped]) }
        addMemory(to: &facts)
        for trouble in writeStatus?.troubles ?? [] { facts.add(["write side says", trouble]) }
        for trouble in readStatus?.troubles ?? [] { facts.add(["read side says", trouble]) }
        if let cluster { facts.add(["cluster", cluster.description]) }
        let heading = facts.text
        guard let readStatus else { return heading }
        var collections = Table([
            ("COLLECTION", .left), ("DOCUMENTS", .right), ("BEFORE COMPRESSION", .right),
            ("STORED", .right), ("RATIO", .right), ("MEMORY", .right),
        ])
        for collection in readStatus.collections {
            collections.add([
                collection.name, collection.documentCount.grouped,
                byteCountText(collection.rawByteCount), byteCountText(collection.storedByteCount),
                collection.ratioText, byteCountText(collection.memoryByteCount),
            ])
        }
        return heading + "\n" + collections.text
    }

    private func addMemory(to facts: inout Table) {
        let (write, read) = (writeStatus?.memory, readStatus?.memory)
        if let write, let read, write.isOfSameProcess(as: read) {
            return facts.add(["memory", read.text])
        }
        if let write { facts.add(["memory, write side", write.text]) }
        if let read { facts.add(["memory, read side", read.text]) }
    }
}

extension JSON {
    fileprivate init(_ value: UInt64?) {
        self = value.map { .uint64($0) } ?? .null
    }
}

extension ServerStatus {
    fileprivate var troublesJSON: JSON { .array(troubles.map { .string($0) }) }
}

extension ServerStatus.Memory {
    /// As far as can be told: two processes hardly ever have as much to the byte. What it is taken
    /// for may differ a little, since the two sides don't answer at the same moment.
    fileprivate func isOfSameProcess(as other: Self) -> Bool {
        residentByteCount > 0 && residentByteCount == other.residentByteCount
            && budgetByteCount == other.budgetByteCount && documents == other.documents
    }

    private var documents: UInt64? { uses.first { $0.name == "documents" }?.byteCount }

    fileprivate var json: JSON {
        [
            "budget_bytes": .uint64(budgetByteCount), "resident_bytes": .uint64(residentByteCount),
            "is_short": .bool(isShort), "refusals": .uint64(refusalCount),
            "uses": .object(
                uses.map { JSON.Member(name: $0.name, value: .uint64($0.byteCount)) }),
        ]
    }

    /// For example "83 MiB of 512 MiB".
    fileprivate var text: String {
        let share = "\(byteCountText(residentByteCount)) of \(byteCountText(budgetByteCount))"
        guard isShort || refusalCount > 0 else { return share }
        let refusals = "\(share), \(refusalCount.grouped) refusals"
        return isShort ? "\(refusals), SHORT: new work is refused" : refusals
    }
}

extension TandemError {
    fileprivate var sideText: String {
        (isUnreachable ? "not reachable" : "gives no status") + " (\(message))"
    }
}

extension ServerStatus.Collection {
    fileprivate var ratioText: String {
        guard storedByteCount > 0 else { return "-" }
        let tenths = Int64(
            min((Double(rawByteCount) / Double(storedByteCount) * 10).rounded(), 9e15))
        return "\(tenths / 10).\(tenths % 10)"
    }
}
