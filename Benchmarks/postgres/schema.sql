-- What Tandem's order service keeps, as PostgreSQL 15 would keep it, in one database and without a
-- projector: the normalized tables, the event log that is the outbox too, the idempotency keys, and
-- an order as its readers see it. place_order writes all of them in one transaction.
--
-- Left out, in PostgreSQL's favour: Tandem's sums by user, product and day (UserSummary,
-- ProductSales, DailySales), whose few rows all transactions would wait for.

CREATE TABLE users (
    id bigint PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL
);
CREATE UNIQUE INDEX users_by_email ON users (lower(email));

-- stock: units left; NULL: they aren't counted.
CREATE TABLE products (
    id bigint PRIMARY KEY,
    name text NOT NULL,
    price_minor bigint NOT NULL,
    currency text NOT NULL,
    stock bigint,
    is_retired boolean NOT NULL DEFAULT false
);

-- cache: each connection takes ids by the hundred, as PostgreSQL's documentation says to do where
-- many insert.
CREATE SEQUENCE order_ids CACHE 100;

-- status: the numbers of tandem.orders.v1.OrderStatus; 1 is placed.
CREATE TABLE orders (
    id bigint PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users,
    status smallint NOT NULL DEFAULT 1,
    currency text NOT NULL,
    total_minor bigint NOT NULL,
    refunded_minor bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL
);

CREATE TABLE order_lines (
    order_id bigint NOT NULL REFERENCES orders,
    number int NOT NULL,
    product_id bigint REFERENCES products,
    description text,
    quantity int NOT NULL,
    price_minor bigint NOT NULL,
    unit_price_minor bigint,
    PRIMARY KEY (order_id, number)
);

-- The event log, which is the outbox. Its positions have gaps and can be seen out of order, unlike
-- Tandem's: to prevent that, transactions would have to wait for each other.
CREATE TABLE events (
    position bigint GENERATED ALWAYS AS IDENTITY (CACHE 100) PRIMARY KEY,
    stream text NOT NULL,
    version int NOT NULL,
    type text NOT NULL,
    payload json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (stream, version)
);

-- request_hash tells a repetition from another request with the same key.
CREATE TABLE idempotency_keys (
    key uuid PRIMARY KEY,
    request_hash bigint NOT NULL,
    reply json NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX idempotency_keys_by_time ON idempotency_keys (recorded_at);

-- An order as its page shows it. items is json and not jsonb: it is written once and sent as
-- stored, which costs less.
CREATE TABLE order_documents (
    order_id bigint PRIMARY KEY,
    user_id bigint NOT NULL,
    user_email text NOT NULL,
    user_name text NOT NULL,
    status smallint NOT NULL,
    total_minor bigint NOT NULL,
    currency text NOT NULL,
    created_at timestamptz NOT NULL,
    items json NOT NULL,
    version int NOT NULL,
    refunded_minor bigint NOT NULL DEFAULT 0,
    cancel_reason text,
    refund_reason text
);
\ir indexes.sql
