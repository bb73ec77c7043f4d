package import Wire

/// A plain request that nothing speaks against: its service may answer it at once, and others with
/// it.
package struct PlainCall: BitwiseCopyable, Sendable {
    package let stream: UInt32
    /// The service's own number of the method.
    package let method: Int32
    /// Of its body, from where the run of calls begins.
    package let bodyOffset: Int32
    package let bodyByteCount: Int32

    /// How many are answered together at the most: enough that the cache misses of their look-ups
    /// overlap, and few enough to stand on the stack.
    package static let countMax = 32

    package var end: Int { Int(bodyOffset) + Int(bodyByteCount) }
}

/// The service's numbers of the methods that can be called plainly, by the client's index; -1 for
/// the others.
struct PlainMethods {
    private var numbers: [Int32] = []

    init() {}

    init(_ bindings: [MethodTable.Binding], _ plain: Set<Int>) {
        guard !plain.isEmpty else { return }
        numbers = bindings.map { binding in
            guard case .served(let number, let traits) = binding, plain.contains(number),
                traits.bodyByteCountMax >= PlainRequest.bodyByteCountMax
            else { return -1 }
            return Int32(number)
        }
    }

    subscript(index: UInt16) -> Int32 {
        Int(index) < numbers.count ? numbers[Int(index)] : -1
    }
}

/// The short way for calls that leave nothing behind: they are taken in and answered many at a
/// time, and only then is noted that they came. Whatever is not plain goes the long way, one frame
/// after the other, and is judged there.
extension ServingState {
    /// From here on these methods of the service, unary and without effect, are called plainly.
    package mutating func serveAsPlain(_ methods: Set<Int>) {
        plainMethods = PlainMethods(agreement.methods, methods)
    }

    func plainCalls(
        in bytes: borrowing RawSpan, into calls: UnsafeMutableBufferPointer<PlainCall>,
        limits: WireLimits
    ) -> Int {
        guard openStreams.count < limits.inFlightCountMax else { return 0 }
        var last = lastStream
        var offset = 0
        var count = 0
        while count < calls.count,
            let request = PlainRequest(at: offset, of: bytes), request.stream > last
        {
            let method = plainMethods[request.methodIndex]
            guard method >= 0 else { break }
            unsafe calls.initializeElement(
                at: count,
                to: PlainCall(
                    stream: request.stream, method: method,
                    bodyOffset: Int32(truncatingIfNeeded: request.bodyOffset),
                    bodyByteCount: Int32(request.bodyByteCount)))
            last = request.stream
            offset = request.end
            count += 1
        }
        return count
    }
}

extension ServerConnectionState {
    /// Lists the plain calls at the front of what was received, as many as there is room for.
    /// Changes nothing: see ``ServingState/opened(upTo:count:_:)``.
    ///
    /// - Returns: How many there are.
    package func plainCalls(
        in bytes: borrowing RawSpan, into calls: UnsafeMutableBufferPointer<PlainCall>,
        limits: WireLimits
    ) -> Int {
        switch self {
        case .serving(let state): unsafe state.plainCalls(in: bytes, into: calls, limits: limits)
        default: 0
        }
    }
}
