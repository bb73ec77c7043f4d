import ConnectionState
import TandemCore

extension Rejection {
    static func otherEpoch(asked: LogEpoch, served: LogEpoch) -> Rejection {
        Rejection(
            .failedPrecondition, reason: "EPOCH_CHANGED",
            message: "The token belongs to log \(asked), this server follows log \(served): the "
                + "write database was replaced or restored. Forget the token and read again.",
            metadata: ["epoch": "\(served)"])
    }

    static func beyondHead(asked: LogPosition, head: LogPosition) -> Rejection {
        Rejection(
            .outOfRange, reason: "BEYOND_HEAD",
            message: "Position \(asked) lies beyond the log, whose last position is \(head).",
            metadata: ["head_position": "\(head)"])
    }

    /// What a client asks for by keys comes as a whole or not at all.
    static func answerTooLarge(byteCountMax: Int) -> Rejection {
        Rejection(
            .resourceExhausted, reason: "ANSWER_TOO_LARGE",
            message: "The documents asked for have more than \(byteCountMax) bytes together, or "
                + "more than the connection has room for; ask for fewer at once.",
            metadata: ["bytes_max": "\(byteCountMax)"])
    }

    static func behind(asked: LogPosition, read: LogPosition) -> Rejection {
        Rejection(
            .unavailable, reason: "READ_MODEL_BEHIND",
            message: "The documents reflect position \(read) and did not reach \(asked) in time; "
                + "try again, or ask without a position.",
            metadata: ["read_position": "\(read)"])
    }

    /// The same as behind, for a reason that time alone does not mend.
    static func stopped(_ reason: String, read: LogPosition) -> Rejection {
        Rejection(
            .unavailable, reason: "READ_MODEL_BEHIND",
            message: "The documents reflect position \(read) and get no further; the server's log "
                + "says more (\(reason)).",
            metadata: ["read_position": "\(read)"])
    }

    static func building(
        _ progress: BuildProgress, read: LogPosition, now: MonotonicTime
    ) -> Rejection {
        Rejection(
            .unavailable, reason: "READ_MODEL_BUILDING",
            message: "The documents are being built and don't answer yet ("
                + "\(progress.text(at: read, now: now) ?? "it is over")); try again later.",
            metadata: [
                "read_position": "\(read)", "building_until_position": "\(progress.target)",
                "percent": "\(progress.percent(at: read))",
            ])
    }

    static func stale(ageMilliseconds: UInt32) -> Rejection {
        let age =
            ageMilliseconds == .max ? "not known" : "\(ageMilliseconds) ms"
        return Rejection(
            .unavailable, reason: "READ_MODEL_STALE",
            message: "The age of the documents is \(age), and they became no fresher in time; try "
                + "again, or allow for more.",
            metadata: ageMilliseconds == .max ? [:] : ["age_ms": "\(ageMilliseconds)"])
    }

    static func notFound(collection: String) -> Rejection {
        Rejection(
            .notFound, reason: "NOT_FOUND",
            message: "There is no such document among the \(collection).",
            metadata: ["collection": collection])
    }

    /// A stored document that can't be decoded: it is not served.
    static let damagedDocument = Rejection(
        .dataLoss, reason: "DAMAGED_DOCUMENT",
        message: "The stored document is damaged; rebuild the read model.")
}
