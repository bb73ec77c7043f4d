/// Where a server listens: a host name or an IP address, and a TCP port.
public struct ServerAddress: Hashable, Sendable {
    /// A name, or an address without brackets.
    public let host: String
    /// 1 to 65,535.
    public let port: Int

    /// `nil` if the host is empty or the port is not one of 1 to 65,535.
    public init?(host: String, port: Int) {
        guard !host.isEmpty, (1...65_535).contains(port) else { return nil }
        self.init(checkedHost: host, port: port)
    }

    private init(checkedHost: String, port: Int) {
        self.host = checkedHost
        self.port = port
    }

    /// Where a server listens for commands if it is not told otherwise.
    public static let defaultCommand = ServerAddress(checkedHost: "127.0.0.1", port: 7401)
    /// Where a server listens for queries if it is not told otherwise.
    public static let defaultQuery = ServerAddress(checkedHost: "127.0.0.1", port: 7402)
}

extension ServerAddress: LosslessStringConvertible {
    /// `host:port`, an IPv6 address in brackets.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Reads what ``description`` writes; `nil` for anything else.
    public init?(_ description: String) {
        guard let colon = description.lastIndex(of: ":") else { return nil }
        let digits = description[description.index(after: colon)...]
        guard digits.utf8.allSatisfy({ (48...57).contains($0) }), let port = Int(digits) else {
            return nil
        }
        var host = description[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        self.init(host: String(host), port: port)
    }
}
