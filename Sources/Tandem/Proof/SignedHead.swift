import Crypto
import Foundation
import TandemCore
import WriteStore

/// What a log held at an instant, said so that an outsider can hold its keeper to it: who has it
/// can prove later that nothing up to there was changed.
///
///     tandem-head 1
///     cluster 32 hexadecimal digits
///     epoch 16 hexadecimal digits
///     position decimal
///     digest 64 hexadecimal digits
///     time 2026-11-28T09:30:00Z
///     signature base64
///
/// Each line ends with a line feed. The signature is ECDSA over P-256 with SHA-256, as DER, of all
/// lines before its own. Without the last line it is a head that isn't signed.
struct SignedHead: Hashable {
    var clusterID: ClusterID
    var epoch: LogEpoch
    var end: LogEnd
    var time: Date
    var signature: Data?

    /// All lines but the signature's.
    var statement: String {
        """
        \(Self.firstLine)
        cluster \(clusterID)
        epoch \(epoch)
        position \(end.position)
        digest \(HexText.of(end.digest))
        time \(time.formatted(.iso8601))

        """
    }

    var text: String {
        statement + (signature.map { "signature \($0.base64EncodedString())\n" } ?? "")
    }

    private static let firstLine = "tandem-head 1"

    /// - Parameter key: the private key, in PEM.
    mutating func sign(with key: String) throws {
        let key = try P256.Signing.PrivateKey(pemRepresentation: key)
        signature = try key.signature(for: Data(statement.utf8)).derRepresentation
    }

    /// Whether it has a signature by the owner of a public key, in PEM.
    func isSigned(by key: String) throws -> Bool {
        guard let signature else { return false }
        let key = try P256.Signing.PublicKey(pemRepresentation: key)
        // What is no signature is nobody's.
        guard let signature = try? P256.Signing.ECDSASignature(derRepresentation: signature) else {
            return false
        }
        return key.isValidSignature(signature, for: Data(statement.utf8))
    }
}

extension SignedHead {
    /// Reads what ``text`` writes; `nil` for anything else.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard (7...8).contains(lines.count), lines[0] == Self.firstLine, lines.last == "" else {
            return nil
        }
        func value(_ line: Int, _ name: String) -> String? {
            let start = name + " "
            return lines[line].hasPrefix(start) ? String(lines[line].dropFirst(start.count)) : nil
        }
        guard let clusterID = value(1, "cluster").flatMap(ClusterID.init),
            let epoch = value(2, "epoch").flatMap({ HexText.value(of: $0) }),
            let position = value(3, "position").flatMap({ UInt64($0) }),
            let digest = value(4, "digest").flatMap(Self.digest),
            // What is no time is no head.
            let time = value(5, "time").flatMap({ try? Date($0, strategy: .iso8601) })
        else { return nil }
        self.init(
            clusterID: clusterID, epoch: LogEpoch(rawValue: epoch),
            end: LogEnd(position: LogPosition(rawValue: position), digest: digest), time: time)
        if lines.count == 8 {
            guard let signature = value(6, "signature").flatMap({ Data(base64Encoded: $0) }) else {
                return nil
            }
            self.signature = signature
        }
        // What is signed is what was written, to the letter.
        guard self.text == text else { return nil }
    }

    private static func digest(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for start in stride(from: 0, to: 64, by: 16) {
            let part = String(decoding: digits[start..<start + 16], as: UTF8.self)
            guard let word = HexText.value(of: part) else { return nil }
            bytes += BigEndianBytes.of(word)
        }
        return bytes
    }
}
