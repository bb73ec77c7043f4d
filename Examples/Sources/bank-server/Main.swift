import Bank
import Tandem

@main
struct Main {
    static func main() async { await TandemServer.main(Bank()) }
}
