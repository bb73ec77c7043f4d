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

    @Test func `no use takes what another one needs`() {
        let uses = MemoryUse.allCases.filter { $0 != .documents }
        for use in uses {
            while budget.reserve(1 << 20, for: use) {}
            for other in uses where other != use && budget.byteCount(of: other) == 0 {
                #expect(budget.reserve(1 << 20, for: other))
                budget.release(1 << 20, for: other)
            }
        }
        let taken = uses.reduce(0) { $0 + budget.byteCount(of: $1) }
        #expect(taken <= budget.divisibleByteCount + uses.count << 20)
        #expect(budget.hasRoom(for: .documents))
    }

    @Test func `what documents don't take is there for the rest`() {
        let before = budget.byteCountMax(of: .commands)
        budget.adjust(by: budget.documentByteCountMax, for: .documents)
        #expect(budget.byteCountMax(of: .commands) < before)
        #expect(budget.byteCountMax(of: .commands) == budget.workByteCountMin / 100 * 25)
    }

    @Test(arguments: MemoryUse.allCases.filter { $0 != .documents })
    func `what a use always has is what full documents leave it`(use: MemoryUse) {
        #expect(budget.leastByteCountMax(of: use) < budget.byteCountMax(of: use))
        budget.adjust(by: 1 << 40, for: .documents)
        #expect(budget.leastByteCountMax(of: use) == budget.byteCountMax(of: use))
    }

    @Test func `documents leave a share to everything else`() {
        while budget.reserve(1 << 20, for: .documents) {}
        let left = budget.divisibleByteCount - budget.byteCount(of: .documents)
        #expect(left >= budget.workByteCountMin)
        #expect(budget.reserve(budget.workByteCountMin / 5, for: .commands))
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
