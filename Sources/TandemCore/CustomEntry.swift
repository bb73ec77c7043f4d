/// A metadata entry of an application's own, as a call or an answer carries it.
public struct CustomEntry: Hashable, Sendable {
    /// Text, or any bytes.
    public enum Value: Hashable, Sendable {
        /// UTF-8 on the wire.
        case text(String)
        /// As it is.
        case binary([UInt8])
    }

    /// Not empty, and without a zero byte. One name may stand several times.
    public let name: String
    /// What the entry says.
    public let value: Value

    /// Its name and its value, texts as UTF-8.
    package var textByteCount: Int {
        switch value {
        case .text(let text): name.utf8.count + text.utf8.count
        case .binary(let bytes): name.utf8.count + bytes.count
        }
    }

    /// - Parameter name: neither empty nor with a zero byte, or the peer refuses the call.
    public init(name: String, value: Value) {
        self.name = name
        self.value = value
    }
}

/// What a call says of itself beside its request.
public struct CallContext: Hashable, Sendable {
    /// The W3C trace context (`traceparent`) that the caller is part of, as it was sent.
    public let traceParent: String?
    /// The caller's own entries, in their order.
    public let custom: [CustomEntry]

    /// A call that says nothing.
    public static let empty = CallContext(traceParent: nil, custom: [])

    /// A call's trace context and entries.
    public init(traceParent: String?, custom: [CustomEntry]) {
        self.traceParent = traceParent
        self.custom = custom
    }

    /// What it holds in memory, about: entries, and their texts with an allocation each.
    package var heldByteCount: Int {
        custom.reduce(traceParent?.utf8.count ?? 0) { sum, entry in
            sum + MemoryLayout<CustomEntry>.stride + 64 + entry.textByteCount
        }
    }
}
