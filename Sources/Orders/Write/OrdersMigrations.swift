import Tandem

/// The write model's tables: normalized, and only as indexed as its decisions need, because every
/// question is answered by the read side.
enum OrdersMigrations {
    static let all = [
        Migration(
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
                """),
        // last: the last id that the server gave by itself. chosen_ids: runs without a gap of ids
        // after it that callers have chosen.
        Migration(
            "orders.2",
            sql: """
                CREATE TABLE automatic_ids (
                    kind TEXT PRIMARY KEY,
                    last INTEGER NOT NULL
                ) STRICT, WITHOUT ROWID;
                INSERT INTO automatic_ids (kind, last)
                    VALUES ('user', 0), ('product', 0), ('order', 0);

                CREATE TABLE chosen_ids (
                    kind TEXT NOT NULL,
                    first INTEGER NOT NULL,
                    last INTEGER NOT NULL,
                    PRIMARY KEY (kind, first)
                ) STRICT, WITHOUT ROWID;
                -- Which of the ids before this step were automatic isn't known: all count as
                -- chosen.
                INSERT INTO chosen_ids (kind, first, last)
                    SELECT kind, min(id), max(id) FROM (
                        SELECT kind, id,
                            id - row_number() OVER (PARTITION BY kind ORDER BY id) AS run
                        FROM (
                            SELECT 'user' AS kind, id FROM users
                            UNION ALL SELECT 'product', id FROM products
                            UNION ALL SELECT 'order', id FROM orders
                        )
                    ) GROUP BY kind, run;
                """),
    ]
}
