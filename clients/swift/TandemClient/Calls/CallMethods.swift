package import Transport

/// A server's port, as a client sees it.
package enum TandemPort: Hashable, Sendable, CaseIterable {
    case command, query
}

/// A call that this client can make: its number on the connection is its place in `allCases`.
package protocol CallMethod: RawRepresentable<Int>, CaseIterable, Sendable {
    static var port: TandemPort { get }
    var fullName: String { get }
    /// How its answer comes.
    var kind: CallKind { get }
    /// Changes nothing, so it may be repeated at will.
    var isReadOnly: Bool { get }
}

/// What is called on the command port.
package enum CommandMethod: Int, CallMethod {
    case registerUser, changeUserEmail, renameUser
    case addProduct, changeProductPrice
    case placeOrder, payOrder, shipOrder, deliverOrder, cancelOrder
    case status

    package static let port = TandemPort.command

    package var kind: CallKind { .unary }

    package var isReadOnly: Bool { self == .status }

    package var fullName: String {
        let service = "tandem.orders.v1.OrderCommands/"
        return switch self {
        case .registerUser: service + "RegisterUser"
        case .changeUserEmail: service + "ChangeUserEmail"
        case .renameUser: service + "RenameUser"
        case .addProduct: service + "AddProduct"
        case .changeProductPrice: service + "ChangeProductPrice"
        case .placeOrder: service + "PlaceOrder"
        case .payOrder: service + "PayOrder"
        case .shipOrder: service + "ShipOrder"
        case .deliverOrder: service + "DeliverOrder"
        case .cancelOrder: service + "CancelOrder"
        case .status: "tandem.meta.v1.Meta/Status"
        }
    }
}

/// What is called on the query port.
package enum QueryMethod: Int, CallMethod {
    case getOrder, getUser, getProduct
    case listUserOrders, listUsers, listProducts
    case status

    package static let port = TandemPort.query

    package var kind: CallKind {
        switch self {
        case .getOrder, .getUser, .getProduct, .status: .unary
        case .listUserOrders, .listUsers, .listProducts: .stream
        }
    }

    package var isReadOnly: Bool { true }

    package var fullName: String {
        let service = "tandem.orders.v1.OrderQueries/"
        return switch self {
        case .getOrder: service + "GetOrder"
        case .getUser: service + "GetUser"
        case .getProduct: service + "GetProduct"
        case .listUserOrders: service + "ListUserOrders"
        case .listUsers: service + "ListUsers"
        case .listProducts: service + "ListProducts"
        case .status: "tandem.meta.v1.Meta/Status"
        }
    }
}

extension TandemPort {
    /// The full names of the port's methods, in the order of their numbers.
    package var methodNames: [String] {
        switch self {
        case .command: CommandMethod.allCases.map(\.fullName)
        case .query: QueryMethod.allCases.map(\.fullName)
        }
    }
}
