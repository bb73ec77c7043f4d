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

    /// What a port answers to, and with which messages.
    package static let describe = "tandem.meta.v1.Meta/Describe"

    private let names: [TandemPort: [String]]
    private let commandNumbers: [String: Int]
    private let queryNumbers: [String: Int]

    /// - Parameter methods: the domain's; those of one name are one.
    package init(_ methods: [any Method]) {
        var names: [TandemPort: [String]] = [.command: [], .query: []]
        for method in methods {
            names[method is any CommandPortMethod ? .command : .query, default: []]
                .append(method.name)
        }
        self.init(names.mapValues { $0 + [Self.status] })
    }

    /// Methods by their full names.
    package init(_ names: [TandemPort: [String]]) {
        self.names = names
        commandNumbers = Self.numbers(of: names[.command] ?? [])
        queryNumbers = Self.numbers(of: names[.query] ?? [])
    }

    private static func numbers(of names: [String]) -> [String: Int] {
        Dictionary(names.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The full names of a port's methods, in the order of their numbers.
    package func names(on port: TandemPort) -> [String] { names[port] ?? [] }

    /// The number of a method; an error if it is none of the client's.
    package func number(of name: String, on port: TandemPort) throws(TandemError) -> Int {
        let numbers =
            switch port {
            case .command: commandNumbers
            case .query: queryNumbers
            }
        guard let number = numbers[name] else {
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
