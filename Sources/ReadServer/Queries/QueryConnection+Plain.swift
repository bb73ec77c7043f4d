import ConnectionState
import DocumentStore
import TandemCore
import TandemDomain
import Transport
import Wire

/// Plain calls (``PlainCall``) for a document by its key: decoded, looked up and written together.
extension QueryConnection: PlainAnswerer {
    var plainMethods: Set<Int> {
        let queries = service.model.queries
        return Set(queries.indices.filter { queries[$0].lookUp != nil })
    }

    func answer(
        _ calls: Span<PlainCall>, in bytes: RawSpan, frameLengthMax: Int,
        byteCountMax: Int, replies: inout ReplyWriter
    ) -> Int {
        let lookUps = reader.lookUps
        lookUps.removeAll()
        compile(calls, bytes, into: lookUps)
        reader.findAll()
        return answers.write(
            lookUps, calls, frameLengthMax: frameLengthMax, byteCountMax: byteCountMax,
            to: &replies)
    }

    /// Reads the requests, up to one that asks for what there can't be.
    private func compile(_ calls: Span<PlainCall>, _ bytes: RawSpan, into lookUps: LookUps) {
        var method: Int32 = -1
        var lookUp: QueryDefinition.LookUp?
        unsafe bytes.withUnsafeBytes { bytes in
            for index in calls.indices.prefix(LookUps.countMax) {
                let call = calls[index]
                if call.method != method {
                    method = call.method
                    lookUp = service.model.queries[Int(method)].lookUp
                }
                let body = unsafe UnsafeRawBufferPointer(
                    rebasing: bytes[Int(call.bodyOffset)..<call.end])
                // Why there is no key is for the long way to say.
                guard let lookUp, let key = try? unsafe lookUp.key(body) else { return }
                lookUps.add(key, of: lookUp.collection)
            }
        }
    }

    /// Whether what is asked for can be answered at once, and from documents as they are stored.
    var answersPlainly: Bool {
        guard reader.overlay == nil else { return false }
        guard let target = service.building?.target else { return true }
        return reader.position >= target
    }
}
