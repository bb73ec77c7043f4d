package import Domain
package import EventStore
package import Projection

/// The bundled order service: users, products and orders.
package struct OrdersDomain: Domain {
    package let name = "tandem.orders.v1"

    package init() {}

    package var migrations: [SchemaMigration] { OrdersMigrations.all }

    package var commands: [CommandDefinition<OrdersWriteModel>] { OrdersCommands.all }

    package var documents: [any Document.Type] { OrdersCollection.documents }

    package var reducer: any Reducer { OrdersReducer() }

    package var queries: [QueryDefinition] { OrdersQueries.all }
}
