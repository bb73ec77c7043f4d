import Foundation
import SwiftProtobuf

/// A domain's protobuf files, as protoc describes them.
enum DomainFiles {
    /// - Parameters:
    ///   - texts: FileDescriptorSets in base64, line breaks allowed.
    ///   - messages: what the domain's methods are asked with and answer: each has to be in them.
    /// - Returns: one FileDescriptorSet; empty if there is none.
    static func bytes(
        _ texts: [String], describing messages: [any Message.Type]
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
        for message in messages where !names.contains(message.protoMessageName) {
            throw .undescribed(message)
        }
        return Array(data)
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
