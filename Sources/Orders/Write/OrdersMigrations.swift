package import EventStore

/// The write model's tables: normalized, and only as indexed as its decisions need, because every
/// question is answered by the read side.
package enum OrdersMigrations {
    package static let all = [
        SchemaMigration(
            "orders.1",
            sql: """
                CREATE TABLE users (
                    id INTEGER PRIMARY KEY,
                    email TEXT NOT NULL COLLATE NOCASE UNIQUE,
                    name TEXT NOT NULL
                ) STRICT;

                CREATE TABLE products (
                    id INTEGER PRIMARY KEY,
                    name TEXT NOT NULL,
                    price_minor INTEGER NOT NULL,
                    currency TEXT NOT NULL
                ) STRICT;

                -- status: the numbers of tandem.orders.v1.OrderStatus.
                -- version: how many events the order's stream has.
                CREATE TABLE orders (
                    id INTEGER PRIMARY KEY,
                    user_id INTEGER NOT NULL REFERENCES users (id),
                    status INTEGER NOT NULL,
                    currency TEXT NOT NULL,
                    total_minor INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    version INTEGER NOT NULL
                ) STRICT;

                -- line: from 0, as in the request. Without a product there is a description.
                CREATE TABLE order_items (
                    order_id INTEGER NOT NULL REFERENCES orders (id),
                    line INTEGER NOT NULL,
                    product_id INTEGER REFERENCES products (id),
                    description TEXT,
                    quantity INTEGER NOT NULL,
                    price_minor INTEGER NOT NULL,
                    PRIMARY KEY (order_id, line)
                ) STRICT, WITHOUT ROWID;
                """)
    ]
}
