package import TandemCore
import Wire

extension Rejection {
    /// For what would take more memory than is left for its kind. To be sent with NOT_PROCESSED
    /// and a time after which to try again.
    ///
    /// - Parameter what: for example "another subscription".
    package static func memoryFull(for what: String) -> Rejection {
        Rejection(
            .resourceExhausted, reason: TandemReason.memoryFull.rawValue,
            message: "The server has no memory for \(what) now; try again shortly. If it stays so, "
                + "the server needs more memory (--memory).")
    }
}
