package import NIOCore
package import TandemClient
package import Transport

/// One request, encoded.
package struct LoadRequest: Sendable {
    /// What the report calls it: a place in ``LoadPlan/kinds``.
    package let kind: Int
    package let port: TandemPort
    /// Its number on the connections of the port.
    package let method: Int
    package let answer: CallKind
    package let body: ByteBuffer
    /// A command: each time that it is sent it gets a fresh key.
    package let isKeyed: Bool

    package init(
        kind: Int, port: TandemPort, method: Int, answer: CallKind, body: ByteBuffer, isKeyed: Bool
    ) {
        self.kind = kind
        self.port = port
        self.method = method
        self.answer = answer
        self.body = body
        self.isKeyed = isKeyed
    }
}

/// What a benchmark sends, made before its clock starts: while it runs, nothing is encoded.
package struct LoadPlan: Sendable {
    /// The names of the kinds of requests, as the report has them.
    package let kinds: [String]
    /// Taken in turn, and from the first again after the last; never empty.
    package let requests: [LoadRequest]
    let methods: CallMethods
    /// Bodies are JSON, which the server translates.
    let speaksJSON: Bool

    package init(
        kinds: [String], requests: [LoadRequest], methods: CallMethods, speaksJSON: Bool = false
    ) {
        precondition(!requests.isEmpty, "A plan has something to send.")
        self.kinds = kinds
        self.requests = requests
        self.methods = methods
        self.speaksJSON = speaksJSON
    }

    /// The ports that the requests go to.
    package var ports: [TandemPort] {
        let used = Set(requests.map(\.port))
        return TandemPort.allCases.filter(used.contains)
    }

    /// - Parameter turn: from 0, as often as it likes.
    func request(_ turn: Int) -> LoadRequest { requests[turn % requests.count] }
}
