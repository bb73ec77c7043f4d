import ArgumentParser
import Budget

/// A number of bytes, as people write it: `512MiB`.
struct MemorySize: ExpressibleByArgument {
    let byteCount: Int

    static let `default` = MemorySize(byteCount: MachineMemory().budgetByteCount)

    private static let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("TiB", 40), ("", 0)]
    private static let range = MemoryBudget.byteCountMin...(1 << 50)

    private init(byteCount: Int) {
        self.byteCount = max(byteCount, MemoryBudget.byteCountMin)
    }

    init?(argument: String) {
        guard let (unit, shift) = Self.units.first(where: { argument.hasSuffix($0.0) }),
            let count = Int(argument.dropLast(unit.count)), count > 0,
            case let (byteCount, overflow) = count.multipliedReportingOverflow(by: 1 << shift),
            !overflow, Self.range.contains(byteCount)
        else { return nil }
        self.byteCount = byteCount
    }

    var defaultValueDescription: String { "\(byteCount >> 20)MiB" }
}
