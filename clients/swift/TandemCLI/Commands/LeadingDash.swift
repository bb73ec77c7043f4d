/// A value that begins with a dash and was taken for an option.
package struct LeadingDash: Sendable {
    /// What to do.
    package let hint: String

    /// - Parameters:
    ///   - message: What the argument parser said.
    package init?(_ arguments: [String], message: String) {
        let dashed = zip(arguments, arguments.dropFirst())
            .first { option, value in
                message.contains("Missing value for '\(option) ") && value.hasPrefix("-")
            }
        if let (option, value) = dashed {
            hint = "A value that begins with a dash is written with =, like \(option)=\(value)"
        } else if message.contains("Unknown option '-")
            || message.contains("Missing expected argument"),
            arguments.contains(where: \.isDashed)
        {
            hint =
                "An argument that begins with a dash goes behind --, and options before it: "
                + "tandem user rename 1 -- -name"
        } else {
            return nil
        }
    }
}

extension String {
    /// A dash and something that is no long option: perhaps a negative number or a name.
    fileprivate var isDashed: Bool {
        utf8.count > 1 && hasPrefix("-") && !hasPrefix("--") && self != "-h"
    }
}
