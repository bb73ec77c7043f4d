package import Domain

/// The commands of the order service, as orders.proto lists them.
package enum OrdersCommands {
    package static let all: [CommandDefinition<OrdersWriteModel>] = [
        CommandDefinition(
            method("RegisterUser"), prepare: UserCommands.Registration.init,
            handler: UserCommands.register),
        CommandDefinition(
            method("ChangeUserEmail"), prepare: UserCommands.EmailChange.init,
            handler: UserCommands.changeEmail),
        CommandDefinition(
            method("RenameUser"), prepare: UserCommands.Renaming.init,
            handler: UserCommands.rename),
        CommandDefinition(
            method("AddProduct"), prepare: ProductCommands.Addition.init,
            handler: ProductCommands.add),
        CommandDefinition(
            method("ChangeProductPrice"), prepare: ProductCommands.PriceChange.init,
            handler: ProductCommands.changePrice),
        CommandDefinition(
            // 1,000 lines of 200 bytes of text, and what stands around each.
            method("PlaceOrder"), requestByteCountMax: 256 << 10, prepare: OrderDraft.init,
            heldByteCount: { $0.heldByteCount }, handler: OrderCommands.place),
        CommandDefinition(
            method("PayOrder"), prepare: OrderCommands.payment, handler: OrderCommands.advance),
        CommandDefinition(
            method("ShipOrder"), prepare: OrderCommands.shipment, handler: OrderCommands.advance),
        CommandDefinition(
            method("DeliverOrder"), prepare: OrderCommands.delivery,
            handler: OrderCommands.advance),
        CommandDefinition(
            method("CancelOrder"), prepare: OrderCommands.cancellation,
            handler: OrderCommands.advance),
    ]

    private static func method(_ name: String) -> String {
        "tandem.orders.v1.OrderCommands/\(name)"
    }
}
