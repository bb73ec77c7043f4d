import OrdersEvents
import OrdersMessages
import Tandem

/// The commands on users.
enum UserCommands {
    @CommandsBuilder<OrdersTables> static var all: [On<OrdersTables>] {
        On(Orders.registerUser, prepare: { (request) throws(Rejection) in
            (
                id: request.hasUserID ? try FieldRules.id(request.userID, "user_id") : nil,
                email: try FieldRules.email(request.email), name: try FieldRules.name(request.name)
            )
        }) { user, db, log in
            let id = try db.ids.take(user.id, of: "user")
            guard try db.insertUser.attempt(id, user.email.value, user.name.value) == .done else {
                throw try db.user(id) == nil
                    ? Rejection.taken(user.email) : Rejection.exists("user", id)
            }
            try log.begin(Tandem_Orders_Events_V1_UserRegistered.with {
                $0.userID = UInt64(id)
                $0.email = user.email.value
                $0.name = user.name.value
            })
            return reply(id)
        }

        // The address that the user has already, byte for byte, is accepted without an event:
        // nothing changes, and an event would rewrite each of the user's orders.
        On(Orders.changeUserEmail, prepare: { (request) throws(Rejection) in
            (
                id: try FieldRules.id(request.userID, "user_id"),
                email: try FieldRules.email(request.email)
            )
        }) { change, db, log in
            guard let (email, _) = try db.user(change.id) else {
                throw Rejection.unknown("user", change.id)
            }
            guard ExactText(email) != change.email else { return reply(change.id) }
            guard try db.setEmail.attempt(change.email.value, change.id) == .done else {
                throw Rejection.taken(change.email)
            }
            try log.append(Tandem_Orders_Events_V1_UserEmailChanged.with {
                $0.userID = UInt64(change.id)
                $0.email = change.email.value
            })
            return reply(change.id)
        }

        // As with the address.
        On(Orders.renameUser, prepare: { (request) throws(Rejection) in
            (
                id: try FieldRules.id(request.userID, "user_id"),
                name: try FieldRules.name(request.name)
            )
        }) { renaming, db, log in
            guard let (_, name) = try db.user(renaming.id) else {
                throw Rejection.unknown("user", renaming.id)
            }
            guard ExactText(name) != renaming.name else { return reply(renaming.id) }
            try db.setName(renaming.name.value, renaming.id)
            try log.append(Tandem_Orders_Events_V1_UserRenamed.with {
                $0.userID = UInt64(renaming.id)
                $0.name = renaming.name.value
            })
            return reply(renaming.id)
        }
    }

    private static func reply(_ id: Int64) -> Tandem_Orders_V1_UserReply {
        .with { $0.userID = UInt64(id) }
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
