package import OrdersMessages
import SwiftProtobuf
public import TandemCore

/// A user to register.
public struct NewUser: Hashable, Sendable {
    /// `nil`: the server gives the next free id.
    public var id: UserID?
    /// Unique among users, compared without regard to ASCII case.
    public var email: String
    /// 1 to 200 bytes.
    public var name: String

    /// Checks nothing: the server does.
    public init(id: UserID? = nil, email: String, name: String) {
        self.id = id
        self.email = email
        self.name = name
    }

    package var message: Tandem_Orders_V1_RegisterUserRequest {
        .with {
            if let id { $0.userID = id.rawValue }
            $0.email = email
            $0.name = name
        }
    }
}

/// A product to add to the catalogue.
public struct NewProduct: Hashable, Sendable {
    /// `nil`: the server gives the next free id.
    public var id: ProductID?
    /// 1 to 200 bytes.
    public var name: String
    /// Of one unit.
    public var price: Money
    /// How many units there are, 0 to 10^12; `nil`: they aren't counted, for good.
    public var stock: Int64?

    /// Checks nothing: the server does.
    public init(id: ProductID? = nil, name: String, price: Money, stock: Int64? = nil) {
        self.id = id
        self.name = name
        self.price = price
        self.stock = stock
    }

    package var message: Tandem_Orders_V1_AddProductRequest {
        .with {
            if let id { $0.productID = id.rawValue }
            $0.name = name
            $0.priceMinor = price.minorUnits
            $0.currency = price.currency
            if let stock { $0.stock = stock }
        }
    }
}

/// An order to place.
public struct NewOrder: Hashable, Sendable {
    /// `nil`: the server gives the next free id.
    public var id: OrderID?
    /// Who orders.
    public var userID: UserID
    /// ISO 4217, for the whole order.
    public var currency: String
    /// 1 to 1,000, all in the order's currency.
    public var lines: [Line]
    /// When the order was placed, if it is taken over from elsewhere; `nil`: now.
    public var createdAt: Timestamp?

    /// Checks nothing: the server does.
    public init(
        id: OrderID? = nil, userID: UserID, currency: String, lines: [Line],
        createdAt: Timestamp? = nil
    ) {
        self.id = id
        self.userID = userID
        self.currency = currency
        self.lines = lines
        self.createdAt = createdAt
    }

    /// One line of the order.
    public struct Line: Hashable, Sendable {
        /// `nil`: something without a catalogue product, which ``description`` names.
        public var productID: ProductID?
        /// 0 to 1,000,000. Tills record 0 for what changed no stock: coupons, corrections.
        public var quantity: UInt32
        /// What one unit costs, in minor units; `nil`: not stated.
        public var unitPriceMinorUnits: Int64?
        /// What the customer pays for the whole line, in minor units; `nil`: the unit price times
        /// the quantity. Without both prices, the catalogue's unit price.
        public var priceMinorUnits: Int64?
        /// Empty if there is a product.
        public var description: String

        package init(
            productID: ProductID?, quantity: UInt32, unitPriceMinorUnits: Int64?,
            priceMinorUnits: Int64?, description: String
        ) {
            self.productID = productID
            self.quantity = quantity
            self.unitPriceMinorUnits = unitPriceMinorUnits
            self.priceMinorUnits = priceMinorUnits
            self.description = description
        }

        /// A catalogue product, at the catalogue's price unless one is given: for a unit, or for
        /// the whole line, or both if they agree.
        public static func product(
            _ id: ProductID, quantity: UInt32, unitPriceMinorUnits: Int64? = nil,
            priceMinorUnits: Int64? = nil
        ) -> Line {
            Line(
                productID: id, quantity: quantity, unitPriceMinorUnits: unitPriceMinorUnits,
                priceMinorUnits: priceMinorUnits, description: "")
        }

        /// Something without a catalogue product, at a price for the whole line: a coupon.
        public static func other(
            _ description: String, quantity: UInt32, priceMinorUnits: Int64
        ) -> Line {
            Line(
                productID: nil, quantity: quantity, unitPriceMinorUnits: nil,
                priceMinorUnits: priceMinorUnits, description: description)
        }

        /// Something without a catalogue product, at a unit price: a deposit.
        public static func other(
            _ description: String, quantity: UInt32, unitPriceMinorUnits: Int64
        ) -> Line {
            Line(
                productID: nil, quantity: quantity, unitPriceMinorUnits: unitPriceMinorUnits,
                priceMinorUnits: nil, description: description)
        }
    }

    package var message: Tandem_Orders_V1_PlaceOrderRequest {
        .with {
            if let id { $0.orderID = id.rawValue }
            $0.userID = userID.rawValue
            $0.currency = currency
            if let createdAt { $0.createdAtUs = createdAt.microseconds }
            $0.lines = lines.map(\.message)
        }
    }
}

extension NewOrder.Line {
    package var message: Tandem_Orders_V1_OrderLine {
        .with {
            if let productID { $0.productID = productID.rawValue }
            $0.quantity = quantity
            if let unitPriceMinorUnits { $0.unitPriceMinor = unitPriceMinorUnits }
            if let priceMinorUnits { $0.priceMinor = priceMinorUnits }
            $0.description_p = description
        }
    }
}
