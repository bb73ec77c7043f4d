/// Tells how patient the calls are that a program makes through this library: so its tests find a
/// command that is not as patient as it was told to be, without a clock.
package enum PatienceWatch {
    /// Gets the time that each call and each bulk run may take; inherited by child tasks.
    @TaskLocal package static var told: (@Sendable (Duration) -> Void)?
}
