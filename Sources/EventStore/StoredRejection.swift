package import EventModel

/// A rejection as the idempotency table keeps it: reason, message, then each fact's name and
/// value in the names' order; each text is a big-endian u32 of its bytes, and the bytes (UTF-8).
package enum StoredRejection {
    package static func encode(_ rejection: Rejection) -> [UInt8] {
        var texts = [rejection.reason, rejection.message]
        for (name, value) in rejection.metadata.sorted(by: { $0.key < $1.key }) {
            texts += [name, value]
        }
        var bytes: [UInt8] = []
        for text in texts {
            let count = UInt32(clamping: text.utf8.count)
            for shift in [24, 16, 8, 0] as [UInt32] {
                bytes.append(UInt8(truncatingIfNeeded: count >> shift))
            }
            bytes += text.utf8
        }
        return bytes
    }

    /// `nil` for what ``encode(_:)`` has not made: a damaged row.
    package static func decode(_ bytes: [UInt8], code: StatusCode) -> Rejection? {
        var texts: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let count = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard count <= rest.count,
                let text = String(validating: rest.prefix(count), as: UTF8.self)
            else { return nil }
            texts.append(text)
            rest = rest.dropFirst(count)
        }
        guard texts.count >= 2, texts.count.isMultiple(of: 2) else { return nil }
        var metadata: [String: String] = [:]
        for index in stride(from: 2, to: texts.count, by: 2) {
            metadata[texts[index]] = texts[index + 1]
        }
        return Rejection(code, reason: texts[0], message: texts[1], metadata: metadata)
    }
}

extension StatusCode {
    /// Whether sending the same command to the same state again would end the same way, so that
    /// the answer may be kept.
    var isDeterministic: Bool {
        switch self {
        case .ok, .invalidArgument, .notFound, .alreadyExists, .permissionDenied,
            .failedPrecondition, .outOfRange, .unimplemented:
            true
        case .cancelled, .unknown, .deadlineExceeded, .resourceExhausted, .aborted, .internal,
            .unavailable, .dataLoss, .unauthenticated:
            false
        }
    }
}
