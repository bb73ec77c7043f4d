import GRPCCore
import GRPCProtobuf
import OrderMessages
import OrderStubs
import SwiftProtobuf

/// GetOrder, without encoding a document again for each answer: the server is not what is measured
/// here, and what it saves of the machine's cores its client has.
struct DocumentService: RegistrableRPCService {
    let documents: [UInt64: [UInt8]]

    func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
        router.registerHandler(
            forMethod: Tandem_Orders_V1_OrderQueries.Method.GetOrder.descriptor,
            deserializer: ProtobufDeserializer<Tandem_Orders_V1_GetOrderRequest>(),
            serializer: BytesSerializer()
        ) { request, _ in
            let request = try await ServerRequest(stream: request)
            guard let document = documents[request.message.orderID] else {
                throw RPCError(code: .notFound, message: "There is no such order.")
            }
            return StreamingServerResponse(single: ServerResponse(message: document))
        }
    }
}

/// A message that is bytes already.
private struct BytesSerializer: MessageSerializer {
    func serialize<Bytes: GRPCContiguousBytes>(_ message: [UInt8]) throws -> Bytes {
        Bytes(message)
    }
}
