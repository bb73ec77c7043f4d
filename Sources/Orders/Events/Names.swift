import OrdersMessages

// The generated names, without the package in them.

typealias DailySales = Tandem_Orders_V1_DailySales
typealias Order = Tandem_Orders_V1_Order
typealias OrderItem = Tandem_Orders_V1_OrderItem
typealias OrderLine = Tandem_Orders_V1_OrderLine
typealias OrderReply = Tandem_Orders_V1_OrderReply
typealias OrderStatus = Tandem_Orders_V1_OrderStatus
typealias Product = Tandem_Orders_V1_Product
typealias ProductReply = Tandem_Orders_V1_ProductReply
typealias ProductSales = Tandem_Orders_V1_ProductSales
typealias User = Tandem_Orders_V1_User
typealias UserReply = Tandem_Orders_V1_UserReply
typealias UserSummary = Tandem_Orders_V1_UserSummary
