package import TandemCore

/// A server's port, as a client sees it.
package enum TandemPort: Hashable, Sendable, CaseIterable {
    case command, query
}

/// The methods that a client can call, by their numbers on its connections: the places of their
/// names in what a port's HELLO lists.
package struct CallMethods: Sendable {
    /// How the write server and the read server are, on either port.
    package static let status = "tandem.meta.v1.Meta/Status"

    private let names: [TandemPort: [String]]
    private let numbers: [TandemPort: [String: Int]]

    /// - Parameter methods: the domain's; those of one name are one.
    package init(_ methods: [any Method]) {
        var names: [TandemPort: [String]] = [.command: [], .query: []]
        for method in methods {
            names[method is any CommandPortMethod ? .command : .query, default: []]
                .append(method.name)
        }
        self.names = names.mapValues { $0 + [Self.status] }
        numbers = self.names.mapValues { names in
            Dictionary(
                names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    /// The full names of a port's methods, in the order of their numbers.
    package func names(on port: TandemPort) -> [String] { names[port] ?? [] }

    /// The number of a method; an error if it is none of the client's.
    package func number(of name: String, on port: TandemPort) throws(TandemError) -> Int {
        guard let number = numbers[port]?[name] else {
            throw TandemError(
                code: .unimplemented, reason: "UNLISTED_METHOD",
                message: """
                    \(name) is not among the methods that this client was made with; list it there.
                    """,
                retry: .never)
        }
        return number
    }
}

/// A method of the command port, whatever its messages.
private protocol CommandPortMethod {}
extension Command: CommandPortMethod {}
