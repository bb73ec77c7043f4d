import Compression
import Synchronization
import Wire
import WireMessages

/// The dictionaries of a port's last WELCOME, kept by who connects to it again and again: a server
/// needn't send them anew.
package final class HeldDictionaries: Sendable {
    private let held = Mutex<[CompressionDictionary]>([])

    package init() {}

    var current: [CompressionDictionary] { held.withLock { $0 } }

    func replace(with dictionaries: [CompressionDictionary]) {
        held.withLock { $0 = dictionaries }
    }
}

extension Welcome {
    /// The dictionaries that bodies may need, in the order of their encodings.
    ///
    /// - Parameter named: what HELLO named; only those may come without content.
    func loadedDictionaries(
        named: [CompressionDictionary]
    ) throws(ProtocolViolation) -> [CompressionDictionary] {
        guard dictionaries.count <= WireLimits.dictionaryCountMax else {
            throw .badWelcome(.dictionary)
        }
        var loaded: [CompressionDictionary] = []
        for dictionary in dictionaries {
            let found = try Self.load(dictionary, named: named)
            guard !loaded.contains(found) else { throw .badWelcome(.dictionary) }
            loaded.append(found)
        }
        return loaded
    }

    private static func load(
        _ dictionary: Tandem_Control_V1_Dictionary, named: [CompressionDictionary]
    ) throws(ProtocolViolation) -> CompressionDictionary {
        guard dictionary.hasContent else {
            guard let known = named.first(where: { $0.sha256.elementsEqual(dictionary.sha256) })
            else { throw .badWelcome(.dictionary) }
            return known
        }
        guard dictionary.content.count <= CompressionDictionary.byteCountMax else {
            throw .badWelcome(.dictionary)
        }
        let loaded = CompressionDictionary(bytes: Array(dictionary.content))
        guard loaded.sha256.elementsEqual(dictionary.sha256) else { throw .badWelcome(.dictionary) }
        return loaded
    }
}
