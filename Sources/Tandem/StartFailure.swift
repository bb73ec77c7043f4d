import ProcessText

/// What a person is told when a server can't start.
public struct StartFailure: Error, CustomStringConvertible {
    let message: String

    /// One line.
    public var description: String { message.onOneLine }
}
