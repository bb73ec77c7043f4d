public import TandemCore

/// The methods of the order service, as orders.proto declares them.
public enum Orders {
    public static let registerUser = Command<
        Tandem_Orders_V1_RegisterUserRequest, Tandem_Orders_V1_UserReply
    >("tandem.orders.v1.OrderCommands/RegisterUser")
    public static let changeUserEmail = Command<
        Tandem_Orders_V1_ChangeUserEmailRequest, Tandem_Orders_V1_UserReply
    >("tandem.orders.v1.OrderCommands/ChangeUserEmail")
    public static let renameUser = Command<
        Tandem_Orders_V1_RenameUserRequest, Tandem_Orders_V1_UserReply
    >("tandem.orders.v1.OrderCommands/RenameUser")
    public static let addProduct = Command<
        Tandem_Orders_V1_AddProductRequest, Tandem_Orders_V1_ProductReply
    >("tandem.orders.v1.OrderCommands/AddProduct")
    public static let changeProductPrice = Command<
        Tandem_Orders_V1_ChangeProductPriceRequest, Tandem_Orders_V1_ProductReply
    >("tandem.orders.v1.OrderCommands/ChangeProductPrice")
    public static let restockProduct = Command<
        Tandem_Orders_V1_RestockProductRequest, Tandem_Orders_V1_ProductReply
    >("tandem.orders.v1.OrderCommands/RestockProduct")
    public static let retireProduct = Command<
        Tandem_Orders_V1_RetireProductRequest, Tandem_Orders_V1_ProductReply
    >("tandem.orders.v1.OrderCommands/RetireProduct")
    public static let placeOrder = Command<
        Tandem_Orders_V1_PlaceOrderRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/PlaceOrder")
    public static let addOrderItem = Command<
        Tandem_Orders_V1_AddOrderItemRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/AddOrderItem")
    public static let changeItemQuantity = Command<
        Tandem_Orders_V1_ChangeItemQuantityRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/ChangeItemQuantity")
    public static let removeOrderItem = Command<
        Tandem_Orders_V1_RemoveOrderItemRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/RemoveOrderItem")
    public static let placeOrders = Command<
        Tandem_Orders_V1_PlaceOrdersRequest, Tandem_Orders_V1_PlaceOrdersReply
    >("tandem.orders.v1.OrderCommands/PlaceOrders")
    public static let payOrder = Command<
        Tandem_Orders_V1_PayOrderRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/PayOrder")
    public static let shipOrder = Command<
        Tandem_Orders_V1_ShipOrderRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/ShipOrder")
    public static let deliverOrder = Command<
        Tandem_Orders_V1_DeliverOrderRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/DeliverOrder")
    public static let cancelOrder = Command<
        Tandem_Orders_V1_CancelOrderRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/CancelOrder")
    public static let refundOrder = Command<
        Tandem_Orders_V1_RefundOrderRequest, Tandem_Orders_V1_OrderReply
    >("tandem.orders.v1.OrderCommands/RefundOrder")

    public static let getOrder = Query<
        Tandem_Orders_V1_GetOrderRequest, Tandem_Orders_V1_Order
    >("tandem.orders.v1.OrderQueries/GetOrder")
    public static let getUser = Query<
        Tandem_Orders_V1_GetUserRequest, Tandem_Orders_V1_User
    >("tandem.orders.v1.OrderQueries/GetUser")
    public static let getProduct = Query<
        Tandem_Orders_V1_GetProductRequest, Tandem_Orders_V1_Product
    >("tandem.orders.v1.OrderQueries/GetProduct")
    public static let getOrders = Listing<
        Tandem_Orders_V1_GetOrdersRequest, Tandem_Orders_V1_Order
    >("tandem.orders.v1.OrderQueries/GetOrders")
    public static let findUserByEmail = Query<
        Tandem_Orders_V1_FindUserByEmailRequest, Tandem_Orders_V1_User
    >("tandem.orders.v1.OrderQueries/FindUserByEmail")
    public static let listUserOrders = Listing<
        Tandem_Orders_V1_ListUserOrdersRequest, Tandem_Orders_V1_Order
    >("tandem.orders.v1.OrderQueries/ListUserOrders")
    public static let listOrders = Listing<
        Tandem_Orders_V1_ListOrdersRequest, Tandem_Orders_V1_Order
    >("tandem.orders.v1.OrderQueries/ListOrders")
    public static let listUsers = Listing<
        Tandem_Orders_V1_ListUsersRequest, Tandem_Orders_V1_User
    >("tandem.orders.v1.OrderQueries/ListUsers")
    public static let listProducts = Listing<
        Tandem_Orders_V1_ListProductsRequest, Tandem_Orders_V1_Product
    >("tandem.orders.v1.OrderQueries/ListProducts")
    public static let listOrdersByEmail = Listing<
        Tandem_Orders_V1_ListOrdersByEmailRequest, Tandem_Orders_V1_Order
    >("tandem.orders.v1.OrderQueries/ListOrdersByEmail")
    public static let getUserSummary = Query<
        Tandem_Orders_V1_GetUserSummaryRequest, Tandem_Orders_V1_UserSummary
    >("tandem.orders.v1.OrderQueries/GetUserSummary")
    public static let listProductSales = Listing<
        Tandem_Orders_V1_ListProductSalesRequest, Tandem_Orders_V1_ProductSales
    >("tandem.orders.v1.OrderQueries/ListProductSales")
    public static let listTopProducts = Listing<
        Tandem_Orders_V1_ListTopProductsRequest, Tandem_Orders_V1_ProductSales
    >("tandem.orders.v1.OrderQueries/ListTopProducts")
    public static let listDailySales = Listing<
        Tandem_Orders_V1_ListDailySalesRequest, Tandem_Orders_V1_DailySales
    >("tandem.orders.v1.OrderQueries/ListDailySales")

    /// All of them, those that change something first.
    public static let methods: [any Method] = [
        registerUser, changeUserEmail, renameUser, addProduct, changeProductPrice, restockProduct,
        retireProduct, placeOrder, placeOrders, addOrderItem, changeItemQuantity, removeOrderItem,
        payOrder, shipOrder, deliverOrder, cancelOrder, refundOrder, getOrder, getUser, getProduct,
        getOrders, findUserByEmail, listUserOrders, listOrders, listUsers, listProducts,
        listOrdersByEmail, getUserSummary, listProductSales, listTopProducts, listDailySales,
    ]
}

extension Tandem_Orders_V1_ListUserOrdersRequest: PageRequest {}
extension Tandem_Orders_V1_ListOrdersRequest: PageRequest {}
extension Tandem_Orders_V1_ListUsersRequest: PageRequest {}
extension Tandem_Orders_V1_ListProductsRequest: PageRequest {}
extension Tandem_Orders_V1_ListOrdersByEmailRequest: PageRequest {}
extension Tandem_Orders_V1_ListProductSalesRequest: PageRequest {}
extension Tandem_Orders_V1_ListTopProductsRequest: PageRequest {}
extension Tandem_Orders_V1_ListDailySalesRequest: PageRequest {}

extension Tandem_Orders_V1_PlaceOrdersRequest: BatchRequest {}
extension Tandem_Orders_V1_PlaceOrdersRequest.Part: BatchPart {}
extension Tandem_Orders_V1_PlaceOrdersReply: BatchReply {}
extension Tandem_Orders_V1_PlaceOrdersReply.Outcome: BatchOutcome {}
extension Tandem_Orders_V1_PlaceOrdersError: BatchError {}
