import SwiftProtobuf

/// An example of a message, with something in each field that has to be there.
struct ExampleJSON {
    let files: MessageFiles

    /// What stands in others is shown so deep.
    private static let depthMax = 4

    func example(of message: String) -> JSON { example(of: message, depth: 0) }

    private func example(of message: String, depth: Int) -> JSON {
        guard depth < Self.depthMax, let entry = files.messages[message] else { return [:] }
        return .object(
            entry.content.field.filter { !$0.isOptional && !$0.isCursor }.map { field in
                let value = value(of: field, depth: depth)
                return JSON.Member(name: field.nameInJSON, value: value)
            })
    }

    private func value(of field: MessageFiles.Field, depth: Int) -> JSON {
        guard field.label == .repeated else { return single(field, depth) }
        guard let (key, value) = files.map(field) else { return .array([single(field, depth)]) }
        let name: String =
            switch key.type {
            case .string: "text"
            case .bool: "true"
            default: "1"
            }
        return .object([JSON.Member(name: name, value: single(value, depth))])
    }

    private func single(_ field: MessageFiles.Field, _ depth: Int) -> JSON {
        switch field.type {
        case .string: "text"
        // As many as a key has.
        case .bytes: "AAECAwQFBgcICQoLDA0ODw=="
        case .bool: .bool(true)
        case .double, .float: .number(1)
        case .int64, .sint64, .sfixed64: .int64(1)
        case .uint64, .fixed64: .uint64(1)
        case .int32, .uint32, .sint32, .fixed32, .sfixed32: .count(1)
        case .enum: .string(name(inEnum: field.fullTypeName))
        case .message, .group: MessageFiles.wellKnown[field.fullTypeName].map(JSON.string)
            ?? example(of: field.fullTypeName, depth: depth + 1)
        }
    }

    /// The first value that isn't the one for nothing.
    private func name(inEnum name: String) -> String {
        let values = files.enums[name]?.content.value ?? []
        return (values.first { $0.number != 0 } ?? values.first)?.name ?? ""
    }
}

extension MessageFiles.Field {
    /// What a page's request goes on from: nothing for the first one.
    fileprivate var isCursor: Bool { name == "cursor" && type == .bytes }
}
