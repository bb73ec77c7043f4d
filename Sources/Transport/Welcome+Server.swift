import EventModel
import Foundation
import Session
import Wire
import WireMessages

extension Welcome {
    /// The server's answer to HELLO.
    init(_ agreement: Agreement, shared: ServerShared, dictionaries: [OfferedDictionary]) {
        self.init()
        let identity = shared.service.identity
        minor = 0
        features = agreement.features
        methods = agreement.methods.map(\.info)
        self.dictionaries = dictionaries.map { offered in
            var dictionary = Tandem_Control_V1_Dictionary()
            dictionary.sha256 = .init(offered.sha256)
            if !agreement.heldDictionaries.contains(offered.sha256) {
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
}
