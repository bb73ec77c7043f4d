public import ArgumentParser

/// What is measured, and for how long: the same words for every client.
public struct MeterOptions: ParsableArguments {
    @Option(help: "How many callers call side by side.")
    private var callers = 256

    @Option(help: "Seconds that are measured.")
    private var seconds = 5.0

    @Option(help: "Seconds before that which are not.")
    private var warmUp = 1.0

    @OptionGroup private var keys: KeyOptions

    /// For the argument parser.
    public init() {}

    /// For the argument parser.
    public func validate() throws {
        guard (1...100_000).contains(callers) else {
            throw ValidationError("--callers is 1 to 100000.")
        }
        guard seconds > 0, seconds <= 3_600, warmUp >= 0, warmUp <= 3_600 else {
            throw ValidationError("--seconds and --warm-up are at most 3600.")
        }
    }

    /// The meter that these ask for.
    public func meter() throws -> CallMeter {
        CallMeter(
            callerCount: callers, ids: try keys.ids(), warmUp: .seconds(warmUp),
            measured: .seconds(seconds))
    }
}
