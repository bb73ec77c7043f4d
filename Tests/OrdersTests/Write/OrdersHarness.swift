import Dispatch
import Foundation
import GRDB
import OrdersMessages
import SwiftProtobuf
import Synchronization
import TandemCore
import TandemDomain
import WriteStore

@testable import Orders

/// A store of orders in a directory of its own, spoken to in requests and replies, as the command
/// port speaks to it.
final class OrdersHarness {
    let path: String
    let store: WriteStore
    private let directory: String
    private let ownsDirectory: Bool
    private let inbox = OutcomeInbox()
    private let lane: CommandLane
    private var lastKey: UInt64 = 0
    /// Keys of its own, also where an earlier harness had the same folder.
    private let keyRange = UInt64.random(in: 3...UInt64.max)

    static let domain = {
        do { return try CheckedDomain(OrdersDomain()) } catch { preconditionFailure("\(error)") }
    }()

    static let now = Timestamp(microseconds: 1_700_000_000_000_000)

    /// - Parameter folder: one that the caller made and removes; `nil`: one of its own.
    init(
        in folder: String? = nil, migrations: [Migration] = OrdersMigrations.all
    ) throws {
        ownsDirectory = folder == nil
        directory =
            folder ?? FileManager.default.temporaryDirectory.path + "/tandem-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        path = directory + "/write.sqlite"
        store = try WriteStore(
            configuration: WriteStoreConfiguration(path: path),
            migrations: migrations,
            environment: WriteStoreEnvironment(
                wallClock: { Self.now }, log: { print("writer:", $0) },
                onFatal: { _ in exit(74) }),
            makeStatements: Self.domain.makeStatements)
        lane = store.openLane(address: "192.0.2.1")
    }

    deinit {
        store.shutDown()
        if ownsDirectory { try? FileManager.default.removeItem(atPath: directory) }
    }

    /// Sends a command and waits for its outcome; a new key unless one is given.
    func send(
        _ method: String, _ request: some Message, key: UInt64? = nil
    ) throws -> CommandOutcome {
        lastKey += 1
        let name = "tandem.orders.v1.OrderCommands/\(method)"
        guard let definition = Self.domain.commands.first(where: { $0.method == name }) else {
            throw HarnessError.noSuchMethod(method)
        }
        let bytes: [UInt8] = try request.serializedBytes()
        let work: CommandWork
        do {
            guard case .one(let decode) = definition.work else {
                throw HarnessError.noSuchMethod(method)
            }
            work = try unsafe bytes.withUnsafeBytes { try unsafe decode($0).work }
        } catch let rejection as Rejection {
            // As the command port answers what the request alone can tell.
            return CommandOutcome(
                tag: 1, result: .failure(rejection), position: store.head, isNotProcessed: true)
        }
        let digest = bytes.prefix(32) + [UInt8](repeating: 0, count: max(0, 32 - bytes.count))
        let command = PendingCommand(
            work: work, method: name, principal: "",
            key: IdempotencyKey(high: key == nil ? keyRange : 2, low: key ?? lastKey),
            payloadDigest: Array(digest), deadline: nil, cancellation: CancellationFlag(),
            replyTo: inbox, tag: 1)
        guard store.submit(command, on: lane) == .queued else { throw HarnessError.queueFull }
        return inbox.waitForOne()
    }

    /// Sends a command that must succeed.
    @discardableResult
    func reply<Reply: Message>(
        _ method: String, _ request: some Message, as type: Reply.Type = Reply.self
    ) throws -> Reply {
        try Reply(serializedBytes: try send(method, request).result.get())
    }

    /// Sends a command that must be turned down.
    func rejection(_ method: String, _ request: some Message) throws -> Rejection? {
        guard case .failure(let rejection) = try send(method, request).result else { return nil }
        return rejection
    }

    /// The whole log.
    func log() throws -> [RecordedEvent] {
        try EventLogReader(path: path)
            .events(after: .beginning, countMax: 100_000, byteCountMax: 1 << 30)
    }

    /// Each row of a query as text, its columns with bars between.
    func rows(_ sql: String) throws -> [String] {
        var settings = Configuration()
        settings.readonly = true
        let queue = try DatabaseQueue(path: path, configuration: settings)
        return try queue.read { database in
            try Row.fetchAll(database, sql: sql).map { row in
                row.databaseValues.map { value in
                    switch value.storage {
                    case .null: "-"
                    case .int64(let number): "\(number)"
                    case .double(let number): "\(number)"
                    case .string(let text): text
                    case .blob(let bytes): "\(bytes.count) bytes"
                    }
                }.joined(separator: "|")
            }
        }
    }
}

enum HarnessError: Error {
    case noSuchMethod(String)
    case queueFull
}

/// Takes one outcome at a time.
final class OutcomeInbox: CommandReplySink {
    private let outcomes = Mutex<[CommandOutcome]>([])
    private let arrived = DispatchSemaphore(value: 0)

    func deliver(_ new: [CommandOutcome]) {
        outcomes.withLock { $0 += new }
        for _ in new { arrived.signal() }
    }

    func waitForOne() -> CommandOutcome {
        arrived.wait()
        return outcomes.withLock { $0.removeFirst() }
    }
}

/// Requests in few words.
enum Requests {
    static func user(_ email: String, name: String = "Ann")
        -> Tandem_Orders_V1_RegisterUserRequest
    {
        user(nil, email, name: name)
    }

    static func user(
        _ id: UInt64?, _ email: String, name: String = "Ann"
    ) -> Tandem_Orders_V1_RegisterUserRequest {
        .with {
            if let id { $0.userID = id }
            $0.email = email
            $0.name = name
        }
    }

    static func product(
        _ id: UInt64? = nil, _ priceMinor: Int64 = 250, currency: String = "USD",
        name: String = "Tea", stock: Int64? = nil
    ) -> Tandem_Orders_V1_AddProductRequest {
        .with {
            if let id { $0.productID = id }
            $0.name = name
            $0.priceMinor = priceMinor
            $0.currency = currency
            if let stock { $0.stock = stock }
        }
    }

    static func restock(
        _ id: UInt64, _ units: Int64
    ) -> Tandem_Orders_V1_RestockProductRequest {
        .with {
            $0.productID = id
            $0.units = units
        }
    }

    static func retire(_ id: UInt64) -> Tandem_Orders_V1_RetireProductRequest {
        .with { $0.productID = id }
    }

    static func order(
        user: UInt64 = 1, _ lines: [Tandem_Orders_V1_OrderLine]
    ) -> Tandem_Orders_V1_PlaceOrderRequest {
        order(nil, user: user, lines)
    }

    static func order(
        _ id: UInt64?, user: UInt64 = 1, _ lines: [Tandem_Orders_V1_OrderLine],
        currency: String = "USD"
    ) -> Tandem_Orders_V1_PlaceOrderRequest {
        .with {
            if let id { $0.orderID = id }
            $0.userID = user
            $0.lines = lines
            $0.currency = currency
        }
    }

    static func line(
        _ product: UInt64? = nil, _ quantity: UInt32 = 1, price: Int64? = nil,
        unit: Int64? = nil, description: String = ""
    ) -> Tandem_Orders_V1_OrderLine {
        .with {
            if let product { $0.productID = product }
            $0.quantity = quantity
            if let price { $0.priceMinor = price }
            if let unit { $0.unitPriceMinor = unit }
            $0.description_p = description
        }
    }

    static func pay(_ id: UInt64) -> Tandem_Orders_V1_PayOrderRequest {
        .with { $0.orderID = id }
    }

    static func ship(_ id: UInt64) -> Tandem_Orders_V1_ShipOrderRequest {
        .with { $0.orderID = id }
    }

    static func deliver(_ id: UInt64) -> Tandem_Orders_V1_DeliverOrderRequest {
        .with { $0.orderID = id }
    }

    static func cancel(
        _ id: UInt64, reason: String = ""
    ) -> Tandem_Orders_V1_CancelOrderRequest {
        .with {
            $0.orderID = id
            $0.reason = reason
        }
    }

    static func refund(
        _ id: UInt64, _ amountMinor: Int64? = nil, reason: String = ""
    ) -> Tandem_Orders_V1_RefundOrderRequest {
        .with {
            $0.orderID = id
            if let amountMinor { $0.amountMinor = amountMinor }
            $0.reason = reason
        }
    }

    static func addItem(
        _ line: Tandem_Orders_V1_OrderLine, to id: UInt64
    ) -> Tandem_Orders_V1_AddOrderItemRequest {
        .with {
            $0.orderID = id
            $0.line = line
        }
    }

    static func quantity(
        _ quantity: UInt32, of item: UInt32, in id: UInt64, price: Int64? = nil
    ) -> Tandem_Orders_V1_ChangeItemQuantityRequest {
        .with {
            $0.orderID = id
            $0.item = item
            $0.quantity = quantity
            if let price { $0.priceMinor = price }
        }
    }

    static func removeItem(
        _ item: UInt32, _ id: UInt64
    ) -> Tandem_Orders_V1_RemoveOrderItemRequest {
        .with {
            $0.orderID = id
            $0.item = item
        }
    }

    static func email(_ id: UInt64, _ email: String) -> Tandem_Orders_V1_ChangeUserEmailRequest {
        .with {
            $0.userID = id
            $0.email = email
        }
    }

    static func rename(_ id: UInt64, _ name: String) -> Tandem_Orders_V1_RenameUserRequest {
        .with {
            $0.userID = id
            $0.name = name
        }
    }

    static func price(
        _ id: UInt64, _ priceMinor: Int64
    ) -> Tandem_Orders_V1_ChangeProductPriceRequest {
        .with {
            $0.productID = id
            $0.priceMinor = priceMinor
        }
    }
}
