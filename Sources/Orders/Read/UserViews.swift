import OrdersEvents
import OrdersMessages
import Tandem

/// What events make of users, and of the orders that hold something of theirs.
enum UserViews {
    @ViewsBuilder static var all: [any View] {
        When(Tandem_Orders_Events_V1_UserRegistered.self) { event, documents in
            try documents.save(
                Tandem_Orders_V1_User.with {
                    $0.userID = event.userID
                    $0.email = event.email
                    $0.name = event.name
                    $0.registeredAtUs = documents.recordedAt.microseconds
                })
        }
        When(Tandem_Orders_Events_V1_UserEmailChanged.self) { event, documents in
            try documents.update(Tandem_Orders_V1_User.self, event.userID) {
                $0.email = event.email
            }
        }
        UpdateAll(
            Tandem_Orders_Events_V1_UserEmailChanged.self,
            { try Tandem_Orders_V1_Order.byUser.matching($0.userID) },
            change: { order, event in order.userEmail = event.email })
        When(Tandem_Orders_Events_V1_UserRenamed.self) { event, documents in
            try documents.update(Tandem_Orders_V1_User.self, event.userID) { $0.name = event.name }
        }
        UpdateAll(
            Tandem_Orders_Events_V1_UserRenamed.self,
            { try Tandem_Orders_V1_Order.byUser.matching($0.userID) },
            change: { order, event in order.userName = event.name })
    }
}
