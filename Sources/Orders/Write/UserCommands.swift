internal import EventModel
internal import EventStore
internal import OrdersEvents
internal import OrdersMessages
internal import SwiftProtobuf

/// The commands on users.
enum UserCommands {
    typealias Reply = Tandem_Orders_V1_UserReply

    /// A checked RegisterUser.
    struct Registration: Sendable {
        let userID: Int64?
        let email: ExactText
        let name: ExactText

        init(_ request: Tandem_Orders_V1_RegisterUserRequest) throws(Rejection) {
            userID = request.hasUserID ? try FieldRules.id(request.userID, "user_id") : nil
            email = try FieldRules.email(request.email)
            name = try FieldRules.name(request.name)
        }
    }

    /// A checked ChangeUserEmail.
    struct EmailChange: Sendable {
        let userID: Int64
        let email: ExactText

        init(_ request: Tandem_Orders_V1_ChangeUserEmailRequest) throws(Rejection) {
            userID = try FieldRules.id(request.userID, "user_id")
            email = try FieldRules.email(request.email)
        }
    }

    /// A checked RenameUser.
    struct Renaming: Sendable {
        let userID: Int64
        let name: ExactText

        init(_ request: Tandem_Orders_V1_RenameUserRequest) throws(Rejection) {
            userID = try FieldRules.id(request.userID, "user_id")
            name = try FieldRules.name(request.name)
        }
    }

    @Sendable static func register(
        _ user: Registration, _ model: OrdersWriteModel, _ transaction: inout CommandTransaction
    ) throws(CommandFailure) -> Reply {
        let id = try model.ids.take(user.userID, of: .user)
        do {
            try model.users.insert(id, email: user.email, name: user.name)
        } catch {
            guard error.kind == .uniqueViolation else { throw .storage(error) }
            let holder = try row(id, model)
            throw .rejected(holder == nil ? taken(user.email) : .exists("user", id))
        }
        let event = Tandem_Orders_Events_V1_UserRegistered.with {
            $0.userID = UInt64(id)
            $0.email = user.email.value
            $0.name = user.name.value
        }
        try transaction.appendFirst(.userRegistered, payload: event.payload, to: "user", id)
        return reply(id)
    }

    /// The address that the user has already, byte for byte, is accepted without an event:
    /// nothing changes, and an event would rewrite each of the user's orders.
    @Sendable static func changeEmail(
        _ change: EmailChange, _ model: OrdersWriteModel,
        _ transaction: inout CommandTransaction
    ) throws(CommandFailure) -> Reply {
        let id = change.userID
        guard let user = try row(id, model) else { throw .rejected(.unknown("user", id)) }
        guard user.email != change.email else { return reply(id) }
        do {
            try model.users.setEmail(change.email, of: id)
        } catch {
            guard error.kind == .uniqueViolation else { throw .storage(error) }
            throw .rejected(taken(change.email))
        }
        let event = Tandem_Orders_Events_V1_UserEmailChanged.with {
            $0.userID = UInt64(id)
            $0.email = change.email.value
        }
        try transaction.append(.userEmailChanged, event, to: "user", id)
        return reply(id)
    }

    /// The name that the user has already is accepted without an event, as with an address.
    @Sendable static func rename(
        _ renaming: Renaming, _ model: OrdersWriteModel,
        _ transaction: inout CommandTransaction
    ) throws(CommandFailure) -> Reply {
        let id = renaming.userID
        guard let user = try row(id, model) else { throw .rejected(.unknown("user", id)) }
        guard user.name != renaming.name else { return reply(id) }
        try CommandFailure.onStorageError { () throws(StorageError) in
            try model.users.setName(renaming.name, of: id)
        }
        let event = Tandem_Orders_Events_V1_UserRenamed.with {
            $0.userID = UInt64(id)
            $0.name = renaming.name.value
        }
        try transaction.append(.userRenamed, event, to: "user", id)
        return reply(id)
    }

    private static func row(
        _ id: Int64, _ model: OrdersWriteModel
    ) throws(CommandFailure) -> UserTable.Row? {
        do { return try model.users.row(id) } catch { throw .storage(error) }
    }

    private static func reply(_ id: Int64) -> Reply {
        Reply.with { $0.userID = UInt64(id) }
    }

    private static func taken(_ email: ExactText) -> Rejection {
        Rejection(
            .alreadyExists, reason: "DUPLICATE_EMAIL",
            message: "another user has the address \(email)",
            metadata: ["field": "email", "value": email.value])
    }
}
