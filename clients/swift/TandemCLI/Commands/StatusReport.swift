package import EventModel
package import TandemClient

/// What both ports say about themselves, in one.
package struct StatusReport: Sendable {
    package let write: ServerStatus
    package let read: ServerStatus

    package init(write: ServerStatus, read: ServerStatus) {
        self.write = write
        self.read = read
    }

    /// Asks the write side first, so that the head is not younger than the read position.
    package static func fetch(_ client: TandemClient) async throws(TandemError) -> StatusReport {
        let write = try await client.writeStatus()
        return StatusReport(write: write, read: try await client.readStatus())
    }

    package var head: LogPosition { max(write.head, read.head) }
    package var readPosition: LogPosition { read.readPosition }

    private var lagEvents: UInt64 {
        head.rawValue - min(readPosition.rawValue, head.rawValue)
    }

    private var lagMilliseconds: Int64 {
        Int64(min((read.staleness / .milliseconds(1)).rounded(), 9e15))
    }

    package var json: JSON {
        [
            "head_position": JSON(head.rawValue),
            "read_position": JSON(readPosition.rawValue),
            "lag_events": JSON(lagEvents),
            "lag_ms": .integer(lagMilliseconds),
            "feed_connected": .bool(read.isFeedConnected),
            "queue_length": JSON(write.queueLength),
            "log_epoch": .string(write.epoch.description),
            "collections": .array(
                read.collections.map {
                    [
                        "name": .string($0.name),
                        "documents": JSON($0.documentCount),
                        "raw_bytes": JSON($0.rawByteCount),
                        "stored_bytes": JSON($0.storedByteCount),
                        "memory_bytes": JSON($0.memoryByteCount),
                    ]
                }),
        ]
    }

    package var text: String {
        var facts = Table([("", .left), ("", .left)])
        facts.add(["head position", head.rawValue.grouped])
        facts.add(["read position", readPosition.rawValue.grouped])
        facts.add(["lag", "\(lagEvents.grouped) events, \(lagMilliseconds.grouped) ms"])
        facts.add(["feed", read.isFeedConnected ? "connected" : "NOT CONNECTED"])
        facts.add(["commands waiting", write.queueLength.grouped])
        var collections = Table([
            ("COLLECTION", .left), ("DOCUMENTS", .right), ("BEFORE COMPRESSION", .right),
            ("STORED", .right), ("RATIO", .right), ("MEMORY", .right),
        ])
        for collection in read.collections {
            collections.add([
                collection.name, collection.documentCount.grouped,
                byteCountText(collection.rawByteCount), byteCountText(collection.storedByteCount),
                collection.ratioText, byteCountText(collection.memoryByteCount),
            ])
        }
        // The first line of the facts is their empty heading.
        return facts.text.drop { $0 == "\n" } + "\n" + collections.text
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
