public import SwiftProtobuf
public import TandemCore
public import TandemDomain

/// What came of a command.
public struct CommandResult<Reply: Message> {
    /// `nil` if it was turned down.
    public let reply: Reply?
    /// `nil` if it succeeded.
    public let rejection: Rejection?
    /// What it has appended, as it would be read back.
    public let events: [any Event]

    /// Expects the command to have succeeded, and to have appended these events and no others.
    @discardableResult
    public func then(
        _ expected: any Event..., file: StaticString = #fileID, line: UInt = #line
    ) throws -> Self {
        if let rejection {
            throw ExpectationFailure(
                "the command was turned down: \(rejection.summary)", SourcePlace(file, line))
        }
        try expectEqual(events, expected, "the events", SourcePlace(file, line))
        return self
    }

    /// Expects the command to have succeeded with this reply.
    @discardableResult
    public func thenReply(
        _ expected: Reply, file: StaticString = #fileID, line: UInt = #line
    ) throws -> Self {
        if let rejection {
            throw ExpectationFailure(
                "the command was turned down: \(rejection.summary)", SourcePlace(file, line))
        }
        try expectEqual(
            [reply].compactMap { $0 }, [expected], "the replies", SourcePlace(file, line))
        return self
    }

    /// Expects the command to have been turned down for this reason, for example `OVERDRAWN`.
    @discardableResult
    public func thenRejected(
        _ reason: String, _ code: StatusCode? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) throws -> Self {
        guard let rejection else {
            throw ExpectationFailure(
                "the command was carried out; expected \(reason)", SourcePlace(file, line))
        }
        guard rejection.reason == reason, code == nil || code == rejection.code else {
            throw ExpectationFailure(
                "the command was turned down: \(rejection.summary); expected \(reason)",
                SourcePlace(file, line))
        }
        return self
    }
}

/// Where an expectation stands.
struct SourcePlace: CustomStringConvertible {
    let description: String

    init(_ file: StaticString, _ line: UInt) { description = "\(file):\(line)" }
}

/// What was expected and is not so.
public struct ExpectationFailure: Error, CustomStringConvertible {
    /// What, where, and the difference line by line: `-` was expected, `+` was found.
    public let description: String

    init(_ what: String, _ place: SourcePlace?) {
        description = place.map { "\($0): \(what)" } ?? what
    }
}

func expectEqual(
    _ found: [any Message], _ expected: [any Message], _ what: String, _ place: SourcePlace
) throws {
    let (found, expected) = (found.flatMap(\.lines), expected.flatMap(\.lines))
    guard found != expected else { return }
    let removed = Set(found.difference(from: expected).removals.map(\.offset))
    let added = Set(found.difference(from: expected).insertions.map(\.offset))
    var text: [String] = []
    var next = 0
    for (offset, line) in expected.enumerated() {
        if removed.contains(offset) {
            text.append("- \(line)")
            continue
        }
        while added.contains(next) {
            text.append("+ \(found[next])")
            next += 1
        }
        text.append("  \(line)")
        next += 1
    }
    text += found[min(next, found.count)...].map { "+ \($0)" }
    throw ExpectationFailure(
        "\(what) differ (- expected, + found):\n\(text.joined(separator: "\n"))", place)
}

extension Message {
    /// The message as people read it, with its name before it.
    fileprivate var lines: [String] {
        ["\(Self.protoMessageName)"]
            + textFormatString().split(separator: "\n").map { "  \($0)" }
    }
}

extension Rejection {
    var summary: String { "\(code) (\(reason)): \(message)" }
}

extension Result where Success == [UInt8], Failure == Rejection {
    var success: [UInt8]? {
        if case .success(let reply) = self { reply } else { nil }
    }

    var failure: Rejection? {
        if case .failure(let rejection) = self { rejection } else { nil }
    }
}

extension CollectionDifference.Change {
    fileprivate var offset: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}
