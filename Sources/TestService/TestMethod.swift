import ConnectionState
import SwiftProtobuf
import TestMessages
import Wire

/// The methods of `tandem.test.v1.Test`, in the order of their numbers behind those of the port's
/// own service.
package enum TestMethod: Int, CaseIterable, Sendable {
    case echo, sleep, fail, stream

    package var name: String {
        switch self {
        case .echo: "tandem.test.v1.Test/Echo"
        case .sleep: "tandem.test.v1.Test/Sleep"
        case .fail: "tandem.test.v1.Test/Fail"
        case .stream: "tandem.test.v1.Test/Stream"
        }
    }

    var requestType: any Message.Type {
        switch self {
        case .echo: Tandem_Test_V1_EchoRequest.self
        case .sleep: Tandem_Test_V1_SleepRequest.self
        case .fail: Tandem_Test_V1_FailRequest.self
        case .stream: Tandem_Test_V1_StreamRequest.self
        }
    }

    var traits: MethodTraits {
        switch self {
        case .echo:
            MethodTraits(kind: .unary, idempotency: .readOnly, bodyByteCountMax: 400_000)
        case .sleep, .fail:
            MethodTraits(kind: .unary, idempotency: .readOnly, bodyByteCountMax: 64 << 10)
        case .stream:
            MethodTraits(kind: .stream, idempotency: .readOnly, bodyByteCountMax: 64 << 10)
        }
    }
}
