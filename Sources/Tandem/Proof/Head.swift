import ArgumentParser
import Foundation
import TandemCore
import WriteStore

/// Says where the log ends, signed if asked to.
struct Head: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print where the log ends, and the digest of all that it holds up to there.",
        discussion: """
            Beside a running server, or without one. Who keeps what --sign prints can have it \
            compared later (`verify --head`): then nothing up to there has been changed since.

            A key pair, by OpenSSL:
              openssl ecparam -name prime256v1 -genkey -noout -out head-key.pem
              openssl ec -in head-key.pem -pubout -out head-key.pub
            """)

    @Option(name: .long, help: "The directory with the server's files.")
    var data = "tandem-data"

    @Option(
        name: .long,
        help: "Sign it with this private key: P-256, a PEM file that only its owner can read.")
    var sign: String?

    func run() throws {
        let verifier = try Proof.verifier(at: data + "/write.sqlite")
        guard let clusterID = ClusterID(bytes: verifier.clusterID) else {
            throw StartFailure(message: "the cluster's id is damaged")
        }
        let end: LogEnd
        do { end = try verifier.end() } catch {
            throw StartFailure(message: "the last event can't be read: \(error)")
        }
        var head = SignedHead(
            clusterID: clusterID, epoch: verifier.epoch, end: end, time: Date())
        if let sign {
            let key = try Proof.secret(sign)
            do { try head.sign(with: key) } catch {
                throw StartFailure(
                    message: "\(sign) is no private key on P-256 in PEM: \(error)")
            }
        }
        try Output.write(head.text)
    }
}

/// What a command has to say.
enum Output {
    /// To standard output; an error if it can't be written, or a full disk would look like success.
    static func write(_ text: String) throws {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch {
            throw StartFailure(message: "standard output can't be written: \(error)")
        }
    }
}

/// What the commands that prove something have in common.
enum Proof {
    static func verifier(at path: String) throws -> LogVerifier {
        do throws(WriteStoreError) {
            return try LogVerifier(path: path)
        } catch {
            throw StartFailure(message: "\(error)")
        }
    }

    /// A file of a few lines.
    static func text(_ path: String) throws -> String {
        do {
            let file = try FileHandle(forReadingFrom: URL(filePath: path))
            // Nothing was written to it.
            defer { try? file.close() }
            let bytes = try file.read(upToCount: textByteCountMax + 1) ?? Data()
            guard bytes.count <= textByteCountMax,
                let text = String(validating: bytes, as: UTF8.self)
            else { throw StartFailure(message: "\(path) is not a small file of text") }
            return text
        } catch let error as StartFailure {
            throw error
        } catch {
            throw StartFailure(message: "\(path) can't be read: \(Self.reason(error))")
        }
    }

    /// The operating system's word for it.
    static func reason(_ error: any Error) -> String {
        let outer = error as NSError
        let inner = outer.userInfo[NSUnderlyingErrorKey] as? NSError ?? outer
        return inner.domain == NSPOSIXErrorDomain
            ? unsafe String(cString: strerror(Int32(inner.code))) : inner.localizedDescription
    }

    private static let textByteCountMax = 64 << 10

    /// A file with a secret: nobody else may be able to read it.
    static func secret(_ path: String) throws -> String {
        var status = stat()
        if unsafe stat(path, &status) == 0, status.st_mode & 0o077 != 0 {
            throw StartFailure(
                message: "others can read \(path), and it is a secret; say: chmod 600 \(path)")
        }
        return try text(path)
    }
}
