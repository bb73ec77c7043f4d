import ConnectionState
import DocumentStore
import NIOCore
import TandemCore
import TandemDomain
import Wire
import WireMessages

/// What a connection that has shaken hands reads requests with, without its channel.
@safe final class RequestReader {
    private(set) var state: ServerConnectionState
    let calls: UnsafeMutableBufferPointer<PlainCall>
    private let methods: MethodTable
    private let plainMethods: Set<Int>
    private let limits = WireLimits()

    static let method = "tandem.orders.v1.OrderQueries/GetOrder"

    init(_ domain: CheckedDomain) {
        var methods = MethodTable(role: .query)
        for query in domain.queries {
            methods.serve(
                query.method,
                MethodTraits(
                    kind: query.kind == .one ? .unary : .stream, idempotency: .readOnly,
                    bodyByteCountMax: query.requestByteCountMax))
        }
        self.methods = methods
        plainMethods = Set(domain.queries.indices.filter { domain.queries[$0].lookUp != nil })
        unsafe calls = .allocate(capacity: PlainCall.countMax)
        state = ServerConnectionState(openedAt: MonotonicTime(nanoseconds: 0))
        open()
    }

    deinit {
        unsafe calls.deallocate()
    }

    /// A new connection, whose streams begin anew.
    func open() {
        state = ServerConnectionState(openedAt: MonotonicTime(nanoseconds: 0))
        var hello = Hello()
        hello.methods = [Self.method]
        hello.features = [Feature.zlib]
        _ = state.receive(Preface(role: .query), servedRole: .query)
        _ = state.receive(hello, methods: methods, clusterID: [], limits: limits)
        state.update { $0.serveAsPlain(plainMethods) }
    }

    /// Lists the next calls, as many as are asked for, in ``calls``.
    func read(_ count: Int, of bytes: borrowing RawSpan) -> Int {
        unsafe state.plainCalls(
            in: bytes, into: UnsafeMutableBufferPointer(rebasing: calls[..<count]),
            limits: limits)
    }

    /// Those calls have been answered.
    func answered(_ count: Int) {
        let last = unsafe calls[count - 1].stream
        state.update { $0.opened(upTo: last, count: count, limits) }
    }
}

/// Requests, taken off the wire: from bytes to the key that is looked up.
@safe final class DecodingStage {
    private let workload: Workload
    private let requests: RequestReader
    private let reader: DocumentReader
    private let queries: [QueryDefinition]
    private let ids: UnsafeMutablePointer<UInt64>

    init(_ workload: Workload, _ domain: CheckedDomain, _ reader: DocumentReader) {
        self.workload = workload
        self.reader = reader
        requests = RequestReader(domain)
        queries = domain.queries
        unsafe ids = .allocate(capacity: PlainCall.countMax)
    }

    deinit {
        unsafe ids.deallocate()
    }

    func stage(batch: Int) -> Stage {
        Stage(
            name: "decode_\(batch)", title: "requests off the wire, \(batch) together",
            count: Workload.passCount, engine: { self.engine($0, batch) },
            bare: { self.bare($0, batch) })
    }

    private func engine(_ round: Int, _ batch: Int) -> UInt64 {
        requests.open()
        var received = workload.requests(workload.slice(round))
        var sum: UInt64 = 0
        while received.readableBytes > 0 {
            let last = decode(received, batch)
            received.moveReaderIndex(forwardBy: last.end)
            sum &+= UInt64(last.stream) &+ UInt64(reader.lookUps.count)
        }
        return sum
    }

    /// - Returns: The last of them.
    private func decode(_ received: ByteBuffer, _ batch: Int) -> PlainCall {
        let bytes = received.readableBytesSpan
        let count = requests.read(batch, of: bytes)
        precondition(count > 0, "A request of the workload's is not plain.")
        reader.lookUps.removeAll()
        compile(count, bytes)
        requests.answered(count)
        return unsafe requests.calls[count - 1]
    }

    /// As `QueryConnection.compile(_:_:into:)`.
    private func compile(_ count: Int, _ bytes: RawSpan) {
        var method: Int32 = -1
        var lookUp: QueryDefinition.LookUp?
        unsafe bytes.withUnsafeBytes { bytes in
            for index in 0..<count {
                let call = unsafe requests.calls[index]
                if call.method != method {
                    method = call.method
                    lookUp = queries[Int(method)].lookUp
                }
                let body = unsafe UnsafeRawBufferPointer(
                    rebasing: bytes[Int(call.bodyOffset)..<call.end])
                // There is none only if the workload is wrong, which its sum then tells.
                guard let lookUp, let key = try? unsafe lookUp.key(body) else { return }
                reader.lookUps.add(key, of: lookUp.collection)
            }
        }
    }

    private func bare(_ round: Int, _ batch: Int) -> UInt64 {
        let received = workload.requests(workload.slice(round))
        return unsafe received.withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress else { return 0 }
            var offset = 0
            var sum: UInt64 = 0
            while offset < bytes.count {
                var count = 0
                var stream: UInt32 = 0
                while count < batch, offset < bytes.count {
                    let request = unsafe BareRequest(start, at: offset)
                    unsafe ids[count] = unsafe request.id
                    unsafe stream = request.stream
                    unsafe offset = request.end
                    count &+= 1
                }
                sum &+= UInt64(stream) &+ UInt64(count)
            }
            return sum
        }
    }
}
