import Tandem

/// The write model's tables: normalized, and only as indexed as its decisions need, because every
/// question is answered by the read side.
enum OrdersMigrations {
    static let all = [
        // orders.1 and orders.2 were other tables, before the first release.
        Migration(
            "orders.3",
            sql: """
                CREATE TABLE users (
                    id INTEGER PRIMARY KEY,
                    email TEXT NOT NULL COLLATE NOCASE UNIQUE,
                    name TEXT NOT NULL
                ) STRICT;

                -- stock: units left; NULL: they aren't counted.
                CREATE TABLE products (
                    id INTEGER PRIMARY KEY,
                    name TEXT NOT NULL,
                    price_minor INTEGER NOT NULL,
                    currency TEXT NOT NULL,
                    stock INTEGER,
                    is_retired INTEGER NOT NULL DEFAULT 0
                ) STRICT;
                -- Tells whether there are any, however many others there are.
                CREATE INDEX limited_products ON products (id)
                    WHERE stock IS NOT NULL OR is_retired;

                -- status: the numbers of tandem.orders.v1.OrderStatus.
                -- last_item: the last number that an item was given.
                CREATE TABLE orders (
                    id INTEGER PRIMARY KEY,
                    user_id INTEGER NOT NULL REFERENCES users (id),
                    status INTEGER NOT NULL,
                    currency TEXT NOT NULL,
                    total_minor INTEGER NOT NULL,
                    created_at INTEGER NOT NULL,
                    last_item INTEGER NOT NULL,
                    refunded_minor INTEGER NOT NULL DEFAULT 0
                ) STRICT;

                -- Without a product there is a description.
                CREATE TABLE order_items (
                    order_id INTEGER NOT NULL REFERENCES orders (id),
                    number INTEGER NOT NULL,
                    product_id INTEGER REFERENCES products (id),
                    description TEXT,
                    quantity INTEGER NOT NULL,
                    price_minor INTEGER NOT NULL,
                    unit_price_minor INTEGER,
                    PRIMARY KEY (order_id, number)
                ) STRICT, WITHOUT ROWID;
                """),
        AutomaticIDs.migration("orders.ids", kinds: ["user", "product", "order"]),
    ]
}
