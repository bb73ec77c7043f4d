package import ConnectionState
package import Transport
import Wire

/// A port that answers `tandem.test.v1.Test` besides what its own service answers.
///
/// For the conformance suite: it lets any client keep the server busy, so it is never on by
/// default.
package struct TestedPort: PortService {
    package let methods: MethodTable
    let inner: any PortService
    /// The number of the first test method.
    let firstNumber: Int
    /// Takes a line for the operator.
    let log: @Sendable (String) -> Void

    package init(_ inner: any PortService, log: @escaping @Sendable (String) -> Void) {
        self.inner = inner
        self.log = log
        var table = inner.methods
        firstNumber = table.names.count
        for method in TestMethod.allCases {
            table.serve(
                method.name, method.traits, request: MessageShape(of: method.requestType))
        }
        methods = table
    }

    package var errorDomain: String { inner.errorDomain }
    package var identity: ServerIdentity { inner.identity }
    package var report: PortReport { inner.report }

    package func dictionaries() -> [OfferedDictionary] { inner.dictionaries() }

    package func makeService(
        for port: ServerPort, agreement: Agreement, dictionaryCount: Int
    ) -> any ConnectionService {
        TestedConnection(
            self, port: port,
            inner: inner.makeService(
                for: port, agreement: agreement, dictionaryCount: dictionaryCount))
    }
}
