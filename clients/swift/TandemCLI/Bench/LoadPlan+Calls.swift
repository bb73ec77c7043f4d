import NIOCore
import TandemClient
import Transport
import WireMessages

extension LoadPlan {
    /// Calls of one method of any domain, in JSON as `tandem call` makes them.
    init(_ file: RequestFile, to method: ServedMethod) {
        self.init(
            kinds: [method.shortName],
            requests: file.requests.map { request in
                LoadRequest(
                    kind: 0, port: method.port, method: 0,
                    answer: method.isPage ? .stream : .unary, body: ByteBuffer(string: request),
                    isKeyed: method.description.idempotency == "keyed")
            },
            methods: CallMethods([method.port: [method.name]]), speaksJSON: true)
    }
}

extension ServedMethod {
    /// Without what is before the last `/`.
    fileprivate var shortName: String { name.split(separator: "/").last.map(String.init) ?? name }
}
