package import EventStore

/// What the commands of the order service work on: the statements of its tables.
package final class OrdersWriteModel: WriteModel {
    let users: UserTable
    let products: ProductTable
    let orders: OrderTable
    let ids: IDTable

    package init(_ connection: WriteConnection) throws(StorageError) {
        users = try UserTable(connection)
        products = try ProductTable(connection)
        orders = try OrderTable(connection)
        ids = try IDTable(connection)
    }
}
