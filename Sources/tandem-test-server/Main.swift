import Logging
import Orders
import Tandem
import TestService

/// The bundled order service, and what the conformance suite calls beside it. Anybody who can
/// connect can keep this server busy: not for production.
@main
struct Main {
    static func main() async {
        let logger = Logger(label: "tandem-test-server") {
            StreamLogHandler.standardError(label: $0)
        }
        await TandemServer.main(TestedDomain(OrdersDomain())) { service in
            TestedPort(service, log: { logger.error("\($0)") })
        }
    }
}
