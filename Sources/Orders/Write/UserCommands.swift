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
            let row = UserRow(
                id: try db.ids.take(user.id, of: "user"), email: user.email.value,
                name: user.name.value)
            guard try db.insertUser.attempt(row.id, row.email, row.name) == .done else {
                throw try db.user(row.id) == nil
                    ? Rejection.taken(user.email) : Rejection.exists("user", row.id)
            }
            try log.begin(UserRegistered.with {
                $0.userID = UInt64(row.id)
                $0.email = row.email
                $0.name = row.name
            })
            return row.reply(version: 1)
        }

        // What the user has already, byte for byte, is accepted without an event: nothing changes,
        // and an event would rewrite each of the user's orders.
        changing(
            Orders.changeUserEmail,
            prepare: { (request) throws(Rejection) in try FieldRules.email(request.email) }
        ) { (user: inout UserRow, email, db) -> UserEmailChanged? in
            guard ExactText(user.email) != email else { return nil }
            guard try db.setEmail.attempt(email.value, user.id) == .done else {
                throw Rejection.taken(email)
            }
            return UserEmailChanged.with { $0.email = email.value }
        }

        changing(
            Orders.renameUser,
            prepare: { (request) throws(Rejection) in try FieldRules.name(request.name) }
        ) { (user: inout UserRow, name, db) -> UserRenamed? in
            guard ExactText(user.name) != name else { return nil }
            try db.setName(name.value, user.id)
            return UserRenamed.with { $0.name = name.value }
        }
    }
}

/// A user as its row has it.
struct UserRow: Row {
    static let kind = "user"
    let id: Int64
    let email: String
    let name: String

    static func find(_ id: Int64, _ db: OrdersTables) throws -> Self? {
        try db.user(id).map { UserRow(id: id, email: $0, name: $1) }
    }

    func reply(version: UInt64) -> UserReply {
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
