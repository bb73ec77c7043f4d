import Foundation
import SwiftProtobuf

/// A domain's protobuf files, as protoc describes them.
enum DomainFiles {
    /// A method as the domain has it.
    struct Declared {
        let name: String
        let request: any Message.Type
        let reply: any Message.Type
        /// It answers any number of documents.
        let isStream: Bool
    }

    /// - Parameters:
    ///   - texts: FileDescriptorSets in base64, line breaks allowed.
    ///   - methods: the domain's: their messages have to be in the files; and if services are, each
    ///     method has to be one of theirs, as it is there.
    /// - Returns: one FileDescriptorSet; empty if there is none.
    static func bytes(
        _ texts: [String], describing methods: [Declared]
    ) throws(DomainMistake) -> [UInt8] {
        guard !texts.isEmpty else { return [] }
        // Two messages one after the other are both in one.
        var data = Data()
        for text in texts {
            guard let more = Data(base64Encoded: text, options: .ignoreUnknownCharacters),
                !more.isEmpty
            else { throw .damagedFiles }
            data += more
        }
        guard
            // What it is not is told, not why.
            let files = try? Google_Protobuf_FileDescriptorSet(
                serializedBytes: data, partial: true)
        else { throw .damagedFiles }
        var names: Set<String> = []
        for file in files.file {
            collect(file.messageType, in: file.package, &names)
        }
        for message in methods.flatMap({ [$0.request, $0.reply] })
        where !names.contains(message.protoMessageName) {
            throw .undescribed(message)
        }
        try compare(methods, with: files)
        return Array(data)
    }

    private static func compare(
        _ methods: [Declared], with files: Google_Protobuf_FileDescriptorSet
    ) throws(DomainMistake) {
        var described: [String: Google_Protobuf_MethodDescriptorProto] = [:]
        for file in files.file {
            for service in file.service {
                for method in service.method {
                    described["\(file.package).\(service.name)/\(method.name)"] = method
                }
            }
        }
        guard !described.isEmpty else { return }
        for method in methods {
            guard let found = described[method.name] else {
                throw .noSuchRPC(method.name, among: described.keys.sorted())
            }
            let isAlike =
                found.inputType.hasSuffix(".\(method.request.protoMessageName)")
                && found.outputType.hasSuffix(".\(method.reply.protoMessageName)")
                && found.serverStreaming == method.isStream
            guard isAlike else { throw .otherRPC(method.name, found) }
        }
    }

    private static func collect(
        _ messages: [Google_Protobuf_DescriptorProto], in scope: String, _ names: inout Set<String>
    ) {
        for message in messages {
            let name = scope.isEmpty ? message.name : "\(scope).\(message.name)"
            names.insert(name)
            collect(message.nestedType, in: name, &names)
        }
    }
}
