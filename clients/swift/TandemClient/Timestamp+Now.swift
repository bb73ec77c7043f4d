import Foundation
package import TandemCore

extension Timestamp {
    /// What the machine's clock says now.
    package static func wallClock() -> Timestamp {
        Timestamp(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000))
    }
}
