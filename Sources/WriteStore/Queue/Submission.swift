/// What became of a command that was to be queued.
package enum Submission: Hashable, Sendable {
    /// Its outcome follows.
    case queued
    /// The queue has no room for it, or the store has been shut down; nothing was done.
    case queueFull
    /// The process has no memory for it; nothing was done.
    case memoryFull
}
