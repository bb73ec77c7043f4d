import Tandem
import Things

@main
struct Main {
    static func main() async { await TandemServer.main(Things()) }
}
