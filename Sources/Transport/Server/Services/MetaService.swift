import Budget
import ConnectionState
import SwiftProtobuf
import TandemCore
import Wire
import WireMessages

/// The built-in service, `tandem.meta.v1.Meta`, that every port answers, whatever service it has.
///
/// A class, since every request passes by it, and a copy for each took a twentieth of the time.
package final class MetaService: Sendable {
    enum Method: Int, CaseIterable {
        case health, describe, status

        var name: String {
            switch self {
            case .health: "tandem.meta.v1.Meta/Health"
            case .describe: "tandem.meta.v1.Meta/Describe"
            case .status: MetaService.status
            }
        }
    }

    package static let status = "tandem.meta.v1.Meta/Status"

    /// What a port's clients can call: its service's methods, and behind them these.
    let methods: MethodTable
    private let firstNumber: Int
    private let report: PortReport
    private let memory: MemoryBudget
    /// Never changes, so it is encoded once.
    private let description: [UInt8]

    init(_ service: some PortService, memory: MemoryBudget) {
        report = service.report
        self.memory = memory
        firstNumber = service.methods.names.count
        var table = service.methods
        for method in Method.allCases {
            table.serve(
                method.name,
                MethodTraits(kind: .unary, idempotency: .readOnly, bodyByteCountMax: 1_024))
        }
        methods = table
        var description = Tandem_Meta_V1_DescribeReply()
        description.server = service.identity.name
        description.port = "\(table.role)"
        description.domain = report.domain
        description.methods = table.names.compactMap { table[$0].description(name: $0) }
        description.collections = report.collections
        description.features = Feature.all
        self.description = Self.bytes(of: description)
    }

    /// Whether a method is this service's, and not that of the service whose port it is.
    func serves(_ method: Int) -> Bool { method >= firstNumber }

    /// Answers a request that it ``serves(_:)``.
    func answer(_ request: ServerRequest, isDraining: Bool, to replies: inout ReplyWriter) {
        guard let method = Method(rawValue: request.method - firstNumber) else {
            preconditionFailure("The port's table has no methods behind these.")
        }
        do throws(Rejection) {
            let body = try answer(method, request, isDraining: isDraining)
            replies.response(request.stream, body: body, metadata: nil)
        } catch {
            replies.error(
                request.stream, error, isNotProcessed: true, retryAfterMilliseconds: retryNever)
        }
    }

    private func answer(
        _ method: Method, _ request: ServerRequest, isDraining: Bool
    ) throws(Rejection) -> [UInt8] {
        switch method {
        case .health:
            _ = try Tandem_Meta_V1_HealthRequest(requestBody: request.body)
            return Self.bytes(of: health(isDraining: isDraining))
        case .describe:
            _ = try Tandem_Meta_V1_DescribeRequest(requestBody: request.body)
            return description
        case .status:
            _ = try Tandem_Meta_V1_StatusRequest(requestBody: request.body)
            var status = report.status(request.now)
            status.memory = MemoryStatus(memory)
            status.troubles = health(isDraining: isDraining).reasons
            return Self.bytes(of: status)
        }
    }

    private func health(isDraining: Bool) -> Tandem_Meta_V1_HealthReply {
        var reply = Tandem_Meta_V1_HealthReply()
        reply.reasons = report.troubles()
        if memory.isPressed {
            reply.reasons.append("Memory is short: new work is refused (--memory).")
        }
        reply.state = reply.reasons.isEmpty ? .serving : .degraded
        if let obstacle = report.obstacle() {
            reply.state = .notReady
            reply.reasons.insert(obstacle, at: 0)
        }
        if isDraining {
            reply.state = .draining
            reply.reasons.insert("The server is shutting down.", at: 0)
        }
        return reply
    }

    /// Empty if it can't be encoded, which takes 2 GiB of it.
    private static func bytes(of reply: some Message) -> [UInt8] {
        // As its doc comment says.
        (try? reply.serializedBytes()) ?? []
    }
}

extension MethodTable.Binding {
    /// For people, what ``info`` says for programs; `nil` of a method that isn't served here.
    fileprivate func description(name: String) -> Tandem_Meta_V1_MethodDescription? {
        guard case .served(_, let traits) = self else { return nil }
        var description = Tandem_Meta_V1_MethodDescription()
        description.name = name
        description.kind = traits.kind == .unary ? "unary" : "stream"
        description.idempotency = traits.idempotency == .readOnly ? "read-only" : "keyed"
        description.maxSize = UInt32(clamping: traits.bodyByteCountMax)
        return description
    }
}

private typealias MemoryStatus = Tandem_Meta_V1_MemoryStatus

extension MemoryStatus {
    fileprivate init(_ budget: MemoryBudget) {
        self.init()
        budgetBytes = UInt64(clamping: budget.byteCountMax)
        residentBytes = UInt64(clamping: budget.residentByteCount)
        isShort = budget.isPressed
        refusals = budget.refusalCount
        uses = MemoryUse.allCases.map { use in
            var message = Tandem_Meta_V1_MemoryUse()
            message.name = use.rawValue
            message.bytes = UInt64(clamping: budget.byteCount(of: use))
            return message
        }
    }
}
