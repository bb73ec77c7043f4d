internal import CMalloc
internal import Foundation
internal import Synchronization

/// Tells a budget what memory the process really has, four times a second, on a thread of its own.
///
/// Near the bound it has the allocator give back what it keeps for later: with glibc, memory that
/// was freed may stay with the process for as long as it likes.
package final class MemoryWatch: Sendable {
    private let budget: MemoryBudget
    private let report: @Sendable (String) -> Void
    private let isStopped = Atomic<Bool>(false)

    private static let period: TimeInterval = 0.25
    /// Giving back looks through all of the heap: not more often than each so many looks.
    private static let looksBetweenTrims = 8
    /// A minute: it may be short by fits and starts.
    private static let looksBetweenReports = 240

    /// - Parameter report: takes a line for the operator when memory is short.
    package init(_ budget: MemoryBudget, report: @escaping @Sendable (String) -> Void) {
        self.budget = budget
        self.report = report
    }

    package func start() {
        tandem_tune_memory()
        let thread = Thread { [self] in run() }
        thread.name = "tandem-memory"
        thread.start()
    }

    /// The thread ends within its period.
    package func stop() { isStopped.store(true, ordering: .relaxed) }

    private func run() {
        var looksSinceTrim = Self.looksBetweenTrims
        var looksSinceReport = Self.looksBetweenReports
        // Where the system doesn't say, only what is counted bounds the process.
        guard let memory = ResidentMemory() else { return }
        while !isStopped.load(ordering: .relaxed) {
            var resident = memory.byteCount ?? budget.residentByteCount
            looksSinceTrim += 1
            if resident >= budget.trimByteCount, looksSinceTrim > Self.looksBetweenTrims {
                looksSinceTrim = 0
                tandem_give_back_memory()
                resident = memory.byteCount ?? budget.residentByteCount
            }
            budget.observe(residentByteCount: resident)
            looksSinceReport += 1
            if budget.isPressed, looksSinceReport > Self.looksBetweenReports {
                looksSinceReport = 0
                report(shortage)
            }
            Thread.sleep(forTimeInterval: Self.period)
        }
    }

    private var shortage: String {
        let uses = MemoryUse.allCases.map { "\($0.rawValue) \(budget.byteCount(of: $0) >> 20)" }
        return """
            memory is short, new work is refused: \(budget.residentByteCount >> 20) MiB of \
            \(budget.byteCountMax >> 20) (--memory) are taken; counted in MiB: \
            \(uses.joined(separator: ", "))
            """
    }

    /// What the process has to itself; `nil` if the system doesn't say.
    package static var residentByteCount: Int? { ResidentMemory()?.byteCount }
}
