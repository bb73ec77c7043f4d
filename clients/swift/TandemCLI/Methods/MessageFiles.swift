import SwiftProtobuf

/// The messages of a server's protobuf files, by their full names, with their comments.
struct MessageFiles {
    typealias Descriptor = Google_Protobuf_DescriptorProto
    typealias Field = Google_Protobuf_FieldDescriptorProto

    /// How JSON writes those messages that it writes in a way of their own, with an example.
    static let wellKnown = [
        "google.protobuf.Timestamp": "2026-01-31T12:00:00Z", "google.protobuf.Duration": "1.5s",
    ]

    /// What a field is a map of, if it is one: protobuf makes a list of messages of it, which JSON
    /// and people don't see.
    func map(_ field: Field) -> (key: Field, value: Field)? {
        guard field.label == .repeated, let entry = messages[field.fullTypeName]?.content,
            entry.options.mapEntry, let key = entry.field.first, let value = entry.field.last
        else { return nil }
        return (key, value)
    }

    /// A message or an enum, and where it stands.
    struct Entry<Content> {
        let content: Content
        fileprivate let file: Int
        fileprivate let path: [Int32]
    }

    private(set) var messages: [String: Entry<Descriptor>] = [:]
    private(set) var enums: [String: Entry<Google_Protobuf_EnumDescriptorProto>] = [:]
    private var methodPaths: [String: (file: Int, path: [Int32])] = [:]
    /// By file, then by path: what stands before a declaration, or behind it on its line.
    private var comments: [[[Int32]: String]] = []

    init(_ files: Google_Protobuf_FileDescriptorSet) {
        for (number, file) in files.file.enumerated() {
            comments.append(Self.comments(of: file.sourceCodeInfo))
            let scope = file.package
            collect(file.messageType, in: scope, number, [4])
            collect(file.enumType, in: scope, number, [5])
            for (index, service) in file.service.enumerated() {
                let name = Self.join(scope, service.name)
                for (place, method) in service.method.enumerated() {
                    methodPaths["\(name)/\(method.name)"] =
                        (number, [6, Int32(index), 2, Int32(place)])
                }
            }
        }
    }

    /// What is written above the method; empty if nothing is.
    func comment(onMethod name: String) -> String {
        methodPaths[name].map { comments[$0.file][$0.path] ?? "" } ?? ""
    }

    func comment<Content>(on entry: Entry<Content>) -> String {
        comments[entry.file][entry.path] ?? ""
    }

    /// - Parameter index: the field's, or the value's, place in its declaration.
    func comment<Content>(on entry: Entry<Content>, member index: Int) -> String {
        comments[entry.file][entry.path + [2, Int32(index)]] ?? ""
    }

    private mutating func collect(
        _ messages: [Descriptor], in scope: String, _ file: Int, _ path: [Int32]
    ) {
        for (index, message) in messages.enumerated() {
            let name = Self.join(scope, message.name)
            let own = path + [Int32(index)]
            self.messages[name] = Entry(content: message, file: file, path: own)
            collect(message.nestedType, in: name, file, own + [3])
            collect(message.enumType, in: name, file, own + [4])
        }
    }

    private mutating func collect(
        _ enums: [Google_Protobuf_EnumDescriptorProto], in scope: String, _ file: Int,
        _ path: [Int32]
    ) {
        for (index, kind) in enums.enumerated() {
            self.enums[Self.join(scope, kind.name)] = Entry(
                content: kind, file: file, path: path + [Int32(index)])
        }
    }

    private static func join(_ scope: String, _ name: String) -> String {
        scope.isEmpty ? name : "\(scope).\(name)"
    }

    /// On one line each.
    private static func comments(of info: Google_Protobuf_SourceCodeInfo) -> [[Int32]: String] {
        var comments: [[Int32]: String] = [:]
        for location in info.location {
            let text =
                location.hasLeadingComments ? location.leadingComments : location.trailingComments
            let words = text.split(whereSeparator: \.isWhitespace)
            if !words.isEmpty { comments[location.path] = words.joined(separator: " ") }
        }
        return comments
    }
}

extension MessageFiles.Field {
    /// Its name in JSON.
    var nameInJSON: String { hasJsonName ? jsonName : name }

    /// The full name of its message or enum.
    var fullTypeName: String { typeName.hasPrefix(".") ? String(typeName.dropFirst()) : typeName }

    /// Whether it may be left out, as distinct from its default.
    var isOptional: Bool { proto3Optional || hasOneofIndex }

    /// Its type as a `.proto` file has it.
    var typeText: String {
        switch type {
        case .double: "double"
        case .float: "float"
        case .int64: "int64"
        case .uint64: "uint64"
        case .int32: "int32"
        case .fixed64: "fixed64"
        case .fixed32: "fixed32"
        case .bool: "bool"
        case .string: "string"
        case .bytes: "bytes"
        case .uint32: "uint32"
        case .sfixed32: "sfixed32"
        case .sfixed64: "sfixed64"
        case .sint32: "sint32"
        case .sint64: "sint64"
        case .group, .message, .enum: fullTypeName
        }
    }
}
