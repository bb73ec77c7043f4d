import Orders
import Tandem

/// The bundled order service.
@main
struct Main {
    static func main() async { await TandemServer.main(OrdersDomain()) }
}
