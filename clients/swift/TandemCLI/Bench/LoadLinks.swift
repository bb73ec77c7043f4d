import NIOCore
package import TandemClient
import Transport

/// A client's connections: one to each port that it needs.
package struct LoadLinks: Sendable {
    private var command: (any CallLink)?
    private var query: (any CallLink)?

    package init() {}

    package subscript(port: TandemPort) -> (any CallLink)? {
        get {
            switch port {
            case .command: command
            case .query: query
            }
        }
        set {
            switch port {
            case .command: command = newValue
            case .query: query = newValue
            }
        }
    }

    var areOpen: Bool { (command?.isOpen ?? true) && (query?.isOpen ?? true) }

    /// How many calls may be in flight of those that were asked for.
    func window(_ asked: Int) -> Int {
        max(
            1,
            min(asked, command?.inFlightCountMax ?? .max, query?.inFlightCountMax ?? .max))
    }

    /// All of them, or none.
    static func dial(
        _ ports: [TandemPort], with dialer: any LinkDialer, on loop: any EventLoop
    ) async throws(CallFailure) -> LoadLinks {
        var links = LoadLinks()
        for port in ports {
            do throws(CallFailure) {
                links[port] = try await dialer.dial(port, on: loop)
            } catch {
                await links.close()
                throw error
            }
        }
        return links
    }

    func close() async {
        await command?.close()
        await query?.close()
    }
}
