import Logging
import Orders
import Tandem
import TestService

/// The bundled order service, and what the conformance suite calls beside it. Anybody who can
/// connect can keep this server busy: not for production.
@main
struct Main {
    static func main() async {
        await TandemServer.main(TestedDomain(OrdersDomain())) { service, logger in
            logger.warning("anybody who can connect can keep this server busy: not for production")
            return TestedPort(service, log: { logger.error("\($0)") })
        }
    }
}
