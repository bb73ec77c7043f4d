import OrdersEvents
import OrdersMessages
import Tandem

/// The commands on users.
enum UserCommands {
    @CommandsBuilder<OrdersTables> static var all: [On<OrdersTables>] {
        On(Orders.registerUser, prepare: { (request) throws(Rejection) in
            (
                id: request.hasUserID ? try Check.id(request.userID, "user_id") : nil,
                email: try FieldRules.email(request.email), name: try FieldRules.name(request.name)
            )
        }) { user, db, log in
            let id = try db.ids.take(user.id, of: "user")
            guard try db.insertUser.attempt(id, user.email.value, user.name.value) == .done else {
                throw try db.user(id) == nil
                    ? Rejection.taken(user.email) : Rejection.exists("user", id)
            }
            try log.begin(UserRegistered.with {
                $0.userID = UInt64(id)
                $0.email = user.email.value
                $0.name = user.name.value
            })
            return reply(id, version: 1)
        }

        change(
            Orders.changeUserEmail,
            prepare: { (request) throws(Rejection) in try FieldRules.email(request.email) }
        ) { (user, email, db) -> UserEmailChanged? in
            guard ExactText(user.email) != email else { return nil }
            guard try db.setEmail.attempt(email.value, user.id) == .done else {
                throw Rejection.taken(email)
            }
            return UserEmailChanged.with { $0.email = email.value }
        }

        change(
            Orders.renameUser,
            prepare: { (request) throws(Rejection) in try FieldRules.name(request.name) }
        ) { (user, name, db) -> UserRenamed? in
            guard ExactText(user.name) != name else { return nil }
            try db.setName(name.value, user.id)
            return UserRenamed.with { $0.name = name.value }
        }
    }

    /// A change of a user, and the event that it makes. What the user has already, byte for byte,
    /// is accepted without an event: nothing changes, and an event would rewrite each of the user's
    /// orders.
    private static func change<Request: UserChange, Change: UserEvent>(
        _ method: Command<Request, UserReply>,
        prepare: @escaping @Sendable (Request) throws(Rejection) -> ExactText,
        handler: @escaping @Sendable (
            (id: Int64, email: String, name: String), ExactText, OrdersTables
        ) throws -> Change?
    ) -> On<OrdersTables> {
        On(method, prepare: { (request) throws(Rejection) in
            (
                id: try Check.id(request.userID, "user_id"),
                expected: request.expectation, text: try prepare(request)
            )
        }) { target, db, log in
            let (id, stream) = (target.id, "user-\(target.id)")
            guard let (email, name) = try db.user(id) else { throw Rejection.notFound("user", id) }
            try log.expect(target.expected, ofStream: stream)
            guard var event = try handler((id, email, name), target.text, db) else {
                return reply(id, version: try log.version(ofStream: stream))
            }
            event.userID = UInt64(id)
            return reply(id, version: try log.append(event))
        }
    }

    private static func reply(_ id: Int64, version: UInt64) -> UserReply {
        .with {
            $0.userID = UInt64(id)
            $0.version = version
        }
    }
}

extension Rejection {
    fileprivate static func taken(_ email: ExactText) -> Rejection {
        Rejection(
            .alreadyExists, reason: "DUPLICATE_EMAIL",
            message: "another user has the address \(email)",
            metadata: ["field": "email", "value": email.value])
    }
}
