/// Shows an import's progress on standard error: a bar on a terminal, now and then a line
/// elsewhere.
struct ImportDisplay: Sendable {
    private let phase: ImportPhase
    private let progress: ImportProgress
    private let start = ContinuousClock.now
    private let isInteractive = Terminal.isInteractive

    private static let barInterval: Duration = .milliseconds(100)
    private static let lineInterval: Duration = .seconds(3)

    init(_ phase: ImportPhase, byteCount: Int) {
        self.phase = phase
        progress = ImportProgress(phase.kind, byteCount: byteCount)
    }

    /// Until cancelled.
    func run() async {
        let interval = isInteractive ? Self.barInterval : Self.lineInterval
        while true {
            do { try await Task.sleep(for: interval) } catch { return }
            if isInteractive { draw() } else { Terminal.writeError("\(line)\n") }
        }
    }

    /// The last word of the phase.
    func end() {
        if isInteractive {
            draw()
            Terminal.writeError("\n")
        } else {
            Terminal.writeError("\(line)\n")
        }
    }

    private func draw() {
        let (done, consumed) = phase.progress
        let bar = progress.bar(
            doneCount: done, consumedByteCount: consumed, elapsed: ContinuousClock.now - start)
        // Back to the line's start; what was longer before is cleared.
        Terminal.writeError("\r\(bar)\u{1B}[K")
    }

    private var line: String {
        let (done, consumed) = phase.progress
        return progress.line(
            doneCount: done, consumedByteCount: consumed, elapsed: ContinuousClock.now - start)
    }
}
