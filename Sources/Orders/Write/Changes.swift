import OrdersEvents
import OrdersMessages
import Tandem

/// What commands change, as its row has it.
protocol Row: Sendable {
    associatedtype Reply: Message
    /// What it is, as `order`: of its streams' names, its ids' fields and what is said of it.
    static var kind: String { get }
    static func find(_ id: Int64, _ db: OrdersTables) throws -> Self?
    func reply(version: UInt64) -> Reply
}

/// A change of one thing, and the event that it makes, if it changes anything.
func changing<Request: ShopChange, Details: Sendable, Subject: Row, Change: ShopEvent>(
    _ method: Command<Request, Subject.Reply>,
    prepare: @escaping @Sendable (Request) throws(Rejection) -> Details,
    handler: @escaping @Sendable (inout Subject, Details, OrdersTables) throws -> Change?
) -> On<OrdersTables> {
    On(method, prepare: { (request) throws(Rejection) in
        (
            id: try Check.id(request.subjectID, "\(Subject.kind)_id"),
            expected: request.expectation, details: try prepare(request)
        )
    }) { target, db, log in
        let stream = "\(Subject.kind)-\(target.id)"
        guard var subject = try Subject.find(target.id, db) else {
            throw Rejection.notFound(Subject.kind, target.id)
        }
        try log.expect(target.expected, ofStream: stream)
        guard var event = try handler(&subject, target.details, db) else {
            return subject.reply(version: try log.version(ofStream: stream))
        }
        event.subjectID = UInt64(target.id)
        return subject.reply(version: try log.append(event))
    }
}
