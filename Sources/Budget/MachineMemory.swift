internal import Foundation

/// How much memory there is for this process: the least of what the machine, the process's limits
/// and its control groups allow.
package struct MachineMemory {
    private let read: (String) -> String?

    package init() {
        // A machine without that file has no such limit.
        read = { try? String(contentsOfFile: $0, encoding: .utf8) }
    }

    /// - Parameter read: a file's text; `nil` if there is no such file.
    init(read: @escaping (String) -> String?) {
        self.read = read
    }

    /// In bytes; `nil` where the system doesn't say.
    package var byteCount: Int? {
        let limits = [physical, dataLimit] + controlGroups.map(bytes(inFile:))
        return limits.compactMap(\.self).filter { $0 > 0 }.min()
    }

    /// What a server takes if nobody says how much: three quarters, since a system that swaps or
    /// kills is worse than one that refuses; 4 GiB where the system doesn't say.
    package var budgetByteCount: Int { byteCount.map { $0 / 4 * 3 } ?? 4 << 30 }

    /// What an operator has to know of a budget before it is used; `nil` if it suits the machine.
    package func warning(budgetByteCount: Int) -> String? {
        guard let byteCount else { return nil }
        let there = """
            the \(byteCount >> 20) MiB that the machine, its control groups or ulimit allow
            """
        if budgetByteCount > byteCount {
            return """
                --memory is \(budgetByteCount >> 20) MiB, more than \(there): the system may end \
                the server before it refuses anything
                """
        }
        if self.budgetByteCount < MemoryBudget.byteCountMin {
            return """
                --memory is \(budgetByteCount >> 20) MiB, more than three quarters of \(there): \
                a server needs \(MemoryBudget.byteCountMin >> 20) MiB, give it a larger machine
                """
        }
        return nil
    }

    private var physical: Int? {
        read("/proc/meminfo").flatMap { Self.kibibytes(in: $0, after: "MemTotal:") }
    }

    /// `ulimit -d` and `ulimit -v`: past these, allocating fails, which ends a Swift program.
    private var dataLimit: Int? {
        guard let text = read("/proc/self/limits") else { return nil }
        return ["Max data size", "Max address space"].compactMap { name in
            text.split(separator: "\n").first { $0.hasPrefix(name) }
                .flatMap { Int($0.dropFirst(name.count).split(separator: " ").first ?? "") }
        }.min()
    }

    /// The files with the limits of the process's control groups and of all that these lie in.
    ///
    /// Source: man 7 cgroups. A container sees its own group at the root, whatever the path in
    /// /proc/self/cgroup says, so the root's are looked at as well.
    private var controlGroups: [String] {
        (read("/proc/self/cgroup") ?? "").split(separator: "\n").flatMap { line -> [String] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            if fields[1].isEmpty {
                return Self.ancestors(of: fields[2]).map { "/sys/fs/cgroup\($0)/memory.max" }
            }
            guard fields[1].split(separator: ",").contains("memory") else { return [] }
            return Self.ancestors(of: fields[2]).map {
                "/sys/fs/cgroup/memory\($0)/memory.limit_in_bytes"
            }
        }
    }

    private static func ancestors(of path: Substring) -> [String] {
        var paths = [""]
        for part in path.split(separator: "/") { paths.append(paths[paths.count - 1] + "/" + part) }
        return paths
    }

    /// `max` and other text is no limit.
    private func bytes(inFile path: String) -> Int? {
        read(path).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    private static func kibibytes(in text: String, after name: String) -> Int? {
        text.split(separator: "\n").first { $0.hasPrefix(name) }
            .flatMap { Int($0.dropFirst(name.count).split(separator: " ").first ?? "") }
            .map { $0 << 10 }
    }
}
