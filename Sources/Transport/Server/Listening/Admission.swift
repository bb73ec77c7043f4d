/// Whether a new connection is served.
enum Admission: Hashable {
    case serve
    /// - Parameter lingers: whether there is room for it until its peer has heard why.
    case refuse(Refusal, lingers: Bool)

    enum Refusal: String {
        case closed = "it has ended"
        case draining = "the server is shutting down"
        case port = "too many connections of this port (--limit connections)"
        case address = "too many connections of its address (--limit connections-per-address)"
        case handshakes = "too many unfinished handshakes (--limit connections-in-handshake)"
        case memory = "the server's memory is full (--memory)"
        case descriptors = "too many connections for the open files that the system allows"
    }
}
