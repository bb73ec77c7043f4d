import Wire
import WireMessages

extension Welcome {
    /// Checks what the server says against what HELLO asked for.
    func check(against hello: Hello) throws(ProtocolViolation) {
        guard minor <= hello.minor else { throw .badWelcome(.minorVersion) }
        guard features.allSatisfy(hello.features.contains) else { throw .badWelcome(.feature) }
        guard methods.count == hello.methods.count else { throw .badWelcome(.methodCount) }
        for method in methods where method.known {
            guard method.kind == .unary || method.kind == .stream else {
                throw .badWelcome(.methodKind)
            }
        }
    }
}
