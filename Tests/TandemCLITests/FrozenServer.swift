import Foundation

/// A port that takes connections, as the system does for a process that is stopped, and never says
/// a word.
final class FrozenServer {
    private let socketNumber: Int32
    let address: String

    init() throws {
        let number = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = unsafe withUnsafeMutablePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe bind(number, name, size) == 0 && listen(number, 128) == 0
                    && getsockname(number, name, &size) == 0
            }
        }
        guard isListening else { throw CocoaError(.featureUnsupported) }
        socketNumber = number
        address = "127.0.0.1:\(UInt16(bigEndian: name.sin_port))"
    }

    deinit { close(socketNumber) }
}
