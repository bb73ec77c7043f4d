import ArgumentParser
import Budget
import Logging

/// A number of bytes, as people write it: `512MiB`.
struct MemorySize: CustomStringConvertible {
    let byteCount: Int

    /// Never below ``MemoryBudget/byteCountMin``, however little there is.
    static let `default` = MemorySize(
        byteCount: max(MachineMemory().budgetByteCount, MemoryBudget.byteCountMin))

    private static let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40)]
    private static let range = MemoryBudget.byteCountMin...(1 << 50)

    private init(byteCount: Int) {
        self.byteCount = byteCount
    }

    /// - Throws: ``StartFailure`` if it is out of range.
    init(_ byteCount: Int) throws {
        guard Self.range.contains(byteCount) else {
            throw StartFailure(
                message: """
                    \(byteCount) bytes are no memory to run in: \(Self.range.lowerBound) at the \
                    least, \(Self.range.upperBound) at the most
                    """)
        }
        self.byteCount = byteCount
    }

    init(argument: String) throws {
        guard let (unit, shift) = Self.units.first(where: { argument.hasSuffix($0.0) }),
            let count = Int(argument.dropLast(unit.count)),
            case let (byteCount, overflow) = count.multipliedReportingOverflow(by: 1 << shift),
            !overflow, Self.range.contains(byteCount)
        else {
            throw ValidationError(
                "--memory is 128MiB to 1024TiB: a whole number with KiB, MiB, GiB or TiB behind "
                    + "it, not \(argument).")
        }
        self.byteCount = byteCount
    }

    var description: String { "\(byteCount >> 20)MiB" }

    /// Says what the bound is, and what speaks against it.
    func tell(_ logger: Logger) {
        logger.info("the server takes at most \(self) of memory (--memory)")
        if let warning = MachineMemory().warning(budgetByteCount: byteCount) {
            logger.warning("\(warning)")
        }
    }
}
