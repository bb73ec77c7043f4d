import SwiftProtobuf
import TandemClient
import TandemCore
import WireMessages

/// A method that a server answers to.
struct ServedMethod {
    let port: TandemPort
    let description: Tandem_Meta_V1_MethodDescription

    var name: String { description.name }
    /// Whether it answers any number of documents.
    var isPage: Bool { description.kind == "stream" }
}

/// What a server says of itself: its methods, and the protobuf files of their messages.
struct MethodDirectory {
    let methods: [ServedMethod]
    let files: MessageFiles

    init(methods: [ServedMethod], files: MessageFiles) {
        self.methods = methods
        self.files = files
    }

    /// Asks both ports.
    static func fetch(_ options: GlobalOptions) async throws -> MethodDirectory {
        let client = TandemClient(describing: try options.configuration())
        do {
            let directory = try await fetch(client)
            await client.close()
            return directory
        } catch {
            await client.close()
            throw error
        }
    }

    private static func fetch(_ client: TandemClient) async throws -> MethodDirectory {
        var methods: [ServedMethod] = []
        var files = Google_Protobuf_FileDescriptorSet()
        for port in TandemPort.allCases {
            let reply = try await client.describe(port)
            // Both ports answer Meta: once is enough.
            methods += reply.methods.map { ServedMethod(port: port, description: $0) }
                .filter { method in !methods.contains { $0.name == method.name } }
            guard files.file.isEmpty else { continue }
            files = try Google_Protobuf_FileDescriptorSet(
                serializedBytes: reply.files, partial: true)
        }
        return MethodDirectory(methods: methods, files: MessageFiles(files))
    }

    /// The method of that name, which may leave out what is before the last `/` or the package.
    func method(_ name: String) throws(UsageFailure) -> ServedMethod {
        if let exact = methods.first(where: { $0.name == name }) { return exact }
        let found = methods.filter {
            $0.name.hasSuffix("/" + name) || $0.name.hasSuffix("." + name)
        }
        guard let method = found.first else {
            throw UsageFailure(
                "the server has no method \(name); `tandem describe` lists those that it has")
        }
        guard found.count == 1 else {
            throw UsageFailure(
                "\(name) may be \(found.map(\.name).joined(separator: " or ")); give the whole name"
            )
        }
        return method
    }
}
