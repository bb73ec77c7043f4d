/// An object whose first member is a list that is written as its items come; in all it reads like
/// the whole object's ``JSON/text``.
package struct JSONList {
    private let name: String
    private var count = 0
    private var hasBegun = false

    /// - Parameter name: The member's.
    package init(name: String) {
        self.name = name
    }

    /// The next items; before the first, the object's beginning.
    package mutating func items(_ items: [JSON]) -> SafeText {
        var text: SafeText = hasBegun ? "" : "{\n  \(SafeText(.string(name), depth: 1)): ["
        hasBegun = true
        for item in items {
            text += "\(count > 0 ? "," as SafeText : "")\n    \(SafeText(item, depth: 2))"
            count += 1
        }
        return text
    }

    /// The object's end, with its other members.
    package func end(_ members: [JSON.Member]) -> SafeText {
        var text: SafeText = count > 0 ? "\n  ]" : "]"
        for member in members {
            text += ",\n  \(SafeText(.string(member.name), depth: 1)): "
            text += SafeText(member.value, depth: 1)
        }
        return text + "\n}\n"
    }
}
