package import TandemCore

/// A rejection as the idempotency table keeps it: reason, message, then each fact's name and
/// value in the names' order; each text is its number of bytes, seven bits in each byte with the
/// lowest first and 0x80 in all but the last (LEB128), and the bytes (UTF-8).
package enum StoredRejection {
    package static func encode(_ rejection: Rejection) -> [UInt8] {
        var texts = [rejection.reason, rejection.message]
        for (name, value) in rejection.metadata.sorted(by: { $0.key < $1.key }) {
            texts += [name, value]
        }
        var bytes: [UInt8] = []
        for text in texts {
            var count = text.utf8.count
            while count >= 0x80 {
                bytes.append(UInt8(truncatingIfNeeded: count) | 0x80)
                count >>= 7
            }
            bytes.append(UInt8(truncatingIfNeeded: count))
            bytes += text.utf8
        }
        return bytes
    }

    /// `nil` for what ``encode(_:)`` has not made: a damaged row.
    package static func decode(_ bytes: [UInt8], code: StatusCode) -> Rejection? {
        var texts: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            guard let count = takeCount(from: &rest), count <= rest.count,
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

    /// `nil` at the end, and where no number is: one of more than four bytes.
    private static func takeCount(from rest: inout ArraySlice<UInt8>) -> Int? {
        var count = 0
        for shift in [0, 7, 14, 21] {
            guard let byte = rest.popFirst() else { return nil }
            count |= Int(byte & 0x7F) << shift
            if byte < 0x80 { return count }
        }
        return nil
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
