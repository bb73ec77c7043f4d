import Bookings
import Tandem

@main
struct Main {
    static func main() async { await TandemServer.main(Bookings()) }
}
