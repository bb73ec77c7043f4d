import SwiftProtobuf
import TandemClient
import WireMessages

/// What `tandem describe` shows of a method.
struct MethodText {
    let method: ServedMethod
    let files: MessageFiles

    /// One line, for the list of all.
    var cells: [String] {
        [
            method.name, Self.kind(of: method), shortName(method.description.request),
            shortName(method.description.reply),
        ]
    }

    static let columns: [(heading: String, alignment: Table.Alignment)] = [
        ("METHOD", .left), ("PORT", .left), ("REQUEST", .left), ("ANSWER", .left),
    ]

    var json: JSON {
        [
            "name": .string(method.name),
            "port": .string(method.port == .command ? "command" : "query"),
            "kind": .string(method.description.kind),
            "idempotency": .string(method.description.idempotency),
            "max_size": .count(Int(method.description.maxSize)),
            "request": .string(method.description.request),
            "reply": .string(method.description.reply),
            "comment": .string(files.comment(onMethod: method.name)),
            "messages": .array(messageNames.map(json(of:))), "example": example,
        ]
    }

    /// All there is to know of it.
    var text: SafeText {
        var text: SafeText = "\(method.name)\n"
        let comment = files.comment(onMethod: method.name)
        if !comment.isEmpty { text += "  \(comment)\n" }
        text += """
              a \(Self.kind(of: method)), \(answer); its request takes \
            \(Int(method.description.maxSize).grouped) bytes at the most

            """
        if messageNames.isEmpty {
            text += "\nThe server gives no protobuf files, which would tell the fields (its "
                + "domain's fileDescriptors).\n"
        }
        for name in messageNames { text += self.text(of: name) }
        return text + "\nEXAMPLE (its shape; the values are made up)\n"
            + "  tandem call \(method.name) '\(example.compactText)'\n"
    }

    private static func kind(of method: ServedMethod) -> String {
        method.port == .command ? "command" : "query"
    }

    private var answer: SafeText {
        let reply: SafeText = "\(method.description.reply)"
        if method.isPage { return "answered with a page of \(reply)" }
        return method.description.idempotency == "keyed"
            ? "done once under its key, answered with \(reply)" : "answered with \(reply)"
    }

    private var example: JSON {
        ExampleJSON(files: files).example(of: method.description.request)
    }

    private func shortName(_ message: String) -> String {
        message.split(separator: ".").last.map(String.init) ?? message
    }

    // MARK: - Messages

    /// The request, the answer, and what they are made of, each once.
    private var messageNames: [String] {
        var names: [String] = []
        var next = [method.description.request, method.description.reply]
        while !next.isEmpty {
            let name = next.removeFirst()
            guard !names.contains(name), MessageFiles.wellKnown[name] == nil else { continue }
            if let message = files.messages[name]?.content {
                names.append(name)
                next += message.field.map { files.map($0)?.value ?? $0 }
                    .filter { [.message, .enum, .group].contains($0.type) }.map(\.fullTypeName)
            } else if files.enums[name] != nil {
                names.append(name)
            }
        }
        return names
    }

    private func text(of name: String) -> SafeText {
        var text: SafeText = "\n\(name)\n"
        if let entry = files.messages[name] {
            text += comment(files.comment(on: entry), indent: "  ")
            for (index, field) in entry.content.field.enumerated() {
                text += "  \(field.nameInJSON): \(typeText(of: field))\n"
                text += comment(files.comment(on: entry, member: index), indent: "      ")
            }
        } else if let entry = files.enums[name] {
            text += comment(files.comment(on: entry), indent: "  ")
            for (index, value) in entry.content.value.enumerated() {
                text += "  \(value.name)\n"
                text += comment(files.comment(on: entry, member: index), indent: "      ")
            }
        }
        return text
    }

    private func comment(_ comment: String, indent: SafeText) -> SafeText {
        comment.isEmpty ? "" : "\(indent)\(comment)\n"
    }

    private func typeText(of field: MessageFiles.Field) -> String {
        let type = typeName(of: field)
        switch field.label {
        case .repeated where files.map(field) == nil: return "list of \(type)"
        case .repeated, .required: return type
        case .optional: return field.isOptional ? "\(type), optional" : type
        }
    }

    private func typeName(of field: MessageFiles.Field) -> String {
        if let (key, value) = files.map(field) {
            return "map from \(key.typeText) to \(typeName(of: value))"
        }
        guard let example = MessageFiles.wellKnown[field.fullTypeName] else {
            return field.typeText
        }
        return "\(field.typeText), as \"\(example)\""
    }

    private func json(of name: String) -> JSON {
        guard let entry = files.messages[name] else {
            let values = files.enums[name]?.content.value.map { JSON.string($0.name) } ?? []
            return ["name": .string(name), "values": .array(values)]
        }
        let fields = entry.content.field.enumerated().map { index, field -> JSON in
            [
                "name": .string(field.nameInJSON), "type": .string(typeName(of: field)),
                "repeated": .bool(field.label == .repeated && files.map(field) == nil),
                "optional": .bool(field.isOptional),
                "comment": .string(files.comment(on: entry, member: index)),
            ]
        }
        return ["name": .string(name), "fields": .array(fields)]
    }
}
