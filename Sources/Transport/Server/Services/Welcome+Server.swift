import ConnectionState
import Foundation
import TandemCore
import Wire
import WireMessages

extension Welcome {
    /// The server's answer to HELLO.
    init(
        to hello: Hello, _ agreement: Agreement, shared: ServerShared,
        dictionaries: [OfferedDictionary]
    ) {
        self.init()
        let identity = shared.service.identity
        minor = 0
        features = agreement.features
        methods = agreement.methods.map(\.info)
        let held = Self.held(of: dictionaries, named: hello.dictionarySha256)
        self.dictionaries = dictionaries.map { offered in
            var dictionary = Tandem_Control_V1_Dictionary()
            dictionary.sha256 = .init(offered.sha256)
            if !held.contains(offered.sha256) {
                dictionary.content = .init(offered.bytes)
            }
            return dictionary
        }
        limits.maxFrame = shared.limits.frameInLengthMax
        limits.maxMetadata = UInt32(clamping: shared.limits.metadataByteCountMax)
        limits.maxInFlight = UInt32(clamping: shared.limits.inFlightCountMax)
        limits.maxInFlightBytes = UInt32(clamping: shared.limits.inFlightByteCountMax)
        clusterID = .init(identity.clusterID)
        logEpoch = identity.epoch.rawValue
        keyRetentionMs = UInt64(clamping: identity.keyRetention.wholeMilliseconds)
        server = identity.name
        endpoints = shared.endpoints
    }

    /// The hashes of those dictionaries that the client says it holds. What it names besides is
    /// ignored: hashes of other servers, and what is no hash.
    private static func held(
        of offered: [OfferedDictionary], named: [Data]
    ) -> Set<[UInt8]> {
        guard !named.isEmpty else { return [] }
        let ours = Set(offered.map(\.sha256))
        return Set(named.lazy.filter { $0.count == 32 }.map(Array.init).filter(ours.contains))
    }
}
