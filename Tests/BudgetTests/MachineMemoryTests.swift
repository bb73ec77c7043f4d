import Testing

@testable import Budget

@Suite struct MachineMemoryTests {
    private func byteCount(_ files: [String: String]) -> Int? {
        MachineMemory { files[$0] }.byteCount
    }

    private let machine = ["/proc/meminfo": "MemTotal:       8388608 kB\nMemFree: 1 kB\n"]

    @Test func `without a limit it is the machine's`() {
        #expect(byteCount(machine) == 8 << 30)
        #expect(byteCount([:]) == nil)
    }

    @Test func `a control group's limit counts, its own or that of a group it lies in`() {
        let group = machine.merging([
            "/proc/self/cgroup": "0::/a/b\n", "/sys/fs/cgroup/a/b/memory.max": "max\n",
            "/sys/fs/cgroup/a/memory.max": "1073741824\n",
        ]) { $1 }
        #expect(byteCount(group) == 1 << 30)
        let root = machine.merging([
            "/proc/self/cgroup": "0::/not/seen/from/here\n",
            "/sys/fs/cgroup/memory.max": "536870912\n",
        ]) { $1 }
        #expect(byteCount(root) == 512 << 20)
    }

    @Test func `so does one of the first version of control groups`() {
        let group = machine.merging([
            "/proc/self/cgroup": "5:cpu:/x\n4:memory:/y\n0::/\n",
            "/sys/fs/cgroup/memory/y/memory.limit_in_bytes": "2147483648\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
        ]) { $1 }
        #expect(byteCount(group) == 2 << 30)
    }

    @Test func `so does ulimit`() {
        let limits = """
            Limit                     Soft Limit           Hard Limit           Units
            Max data size             1048576000           unlimited            bytes
            Max address space         unlimited            unlimited            bytes
            """
        #expect(byteCount(machine.merging(["/proc/self/limits": limits]) { $1 }) == 1_048_576_000)
    }

    @Test func `a budget beyond the machine's memory, and a machine too small, are warned of`() {
        func warning(_ budgetByteCount: Int, on mebibytes: Int) -> String? {
            MachineMemory { _ in "MemTotal: \(mebibytes << 10) kB\n" }
                .warning(budgetByteCount: budgetByteCount)
        }
        #expect(warning(1 << 30, on: 1_024) == nil)
        let beyond = warning(1 << 30, on: 1_023)
        #expect(beyond?.contains("1024 MiB, more than the 1023 MiB") == true)
        #expect(warning(128 << 20, on: 171) == nil)
        let small = warning(128 << 20, on: 170)
        #expect(small?.contains("more than three quarters of the 170 MiB") == true)
        #expect(MachineMemory { _ in nil }.warning(budgetByteCount: 1 << 50) == nil)
    }

    @Test func `the process knows what it has to itself`() throws {
        let byteCount = try #require(MemoryWatch.residentByteCount)
        #expect(byteCount > 1 << 20)
        #expect(byteCount < 1 << 40)
    }
}
