import Testing

@testable import Budget

@Suite struct MemoryBudgetTests {
    private let budget = MemoryBudget(byteCountMax: 512 << 20)

    @Test func `what was given back can be drawn again`() {
        while budget.reserve(1 << 20, for: .commands) {}
        #expect(!budget.reserve(1 << 20, for: .commands))
        budget.release(1 << 20, for: .commands)
        #expect(budget.reserve(1 << 20, for: .commands))
    }

    @Test func `commands are refused first, then what waits, then connections`() {
        var counts: [MemoryUse: Int] = [:]
        for use in [MemoryUse.commands, .heldAnswers, .connections] {
            while budget.reserve(1 << 20, for: use) { counts[use, default: 0] += 1 }
            #expect(counts[use, default: 0] > 0)
        }
        #expect(budget.hasRoom(for: .documents))
    }

    @Test func `documents leave a share to everything else`() {
        while budget.reserve(1 << 20, for: .documents) {}
        let left = budget.divisibleByteCount - budget.byteCount(of: .documents)
        #expect(left >= budget.workByteCountMin)
        #expect(budget.reserve(budget.workByteCountMin / 2, for: .commands))
    }

    @Test func `near the bound nothing is granted, until there is room again`() {
        budget.observe(residentByteCount: 500 << 20)
        for use in MemoryUse.allCases { #expect(!budget.hasRoom(for: use)) }
        budget.observe(residentByteCount: 470 << 20)
        #expect(!budget.hasRoom(for: .documents))
        budget.observe(residentByteCount: 400 << 20)
        for use in MemoryUse.allCases { #expect(budget.hasRoom(for: use)) }
    }
}
