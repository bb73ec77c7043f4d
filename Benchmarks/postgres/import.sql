-- The three CSV files of the working directory (Scripts/lib/shop_csv.py), into a database that has
-- the schema and no rows: psql --single-transaction. As PostgreSQL's documentation says to populate
-- a database (14.4): COPY, and indexes and foreign keys made after the rows. That is less than
-- `tandem import` does: it is all or nothing, nobody can use the tables meanwhile, and no order has
-- an idempotency key.
ALTER TABLE order_lines
    DROP CONSTRAINT order_lines_order_id_fkey, DROP CONSTRAINT order_lines_product_id_fkey,
    DROP CONSTRAINT order_lines_pkey;
ALTER TABLE orders DROP CONSTRAINT orders_user_id_fkey;
DROP INDEX by_user_created, by_user_status_created, by_created, by_status_created, by_total;

CREATE TEMP TABLE order_rows (
    order_id bigint, user_id bigint, placed_at timestamptz, product_id bigint, description text,
    quantity int, price_minor bigint, currency text
) ON COMMIT DROP;
\copy products (id, name, price_minor, currency) FROM 'products.csv' (FORMAT csv, HEADER)
\copy users (id, email, name) FROM 'users.csv' (FORMAT csv, HEADER)
\copy order_rows FROM 'orders.csv' (FORMAT csv, HEADER)
ANALYZE products, users, order_rows;

-- A row's ctid is its place in the table, and so in the file.
CREATE TEMP TABLE lines ON COMMIT DROP AS
SELECT order_id, user_id, placed_at, line.currency, product_id, quantity,
    row_number() OVER (PARTITION BY order_id ORDER BY line.ctid)::int AS number,
    CASE WHEN product_id IS NULL THEN description END AS description,
    coalesce(product.name, description) AS product_name,
    coalesce(line.price_minor, product.price_minor * quantity) AS price_minor,
    CASE WHEN line.price_minor IS NULL THEN product.price_minor END AS unit_price_minor
FROM order_rows AS line LEFT JOIN products AS product ON product.id = product_id;

CREATE TEMP TABLE drafts ON COMMIT DROP AS
SELECT order_id, user_id, currency, placed_at, sum(price_minor)::bigint AS total_minor,
    json_agg(json_build_object(
        'number', number, 'product_id', product_id, 'product_name', product_name,
        'quantity', quantity, 'price_minor', price_minor, 'unit_price_minor', unit_price_minor)
        ORDER BY number) AS items
FROM lines GROUP BY order_id, user_id, currency, placed_at;

INSERT INTO orders (id, user_id, currency, total_minor, created_at)
SELECT order_id, user_id, currency, total_minor, placed_at FROM drafts;

INSERT INTO order_lines
    (order_id, number, product_id, description, quantity, price_minor, unit_price_minor)
SELECT order_id, number, product_id, description, quantity, price_minor, unit_price_minor
FROM lines;

INSERT INTO events (stream, version, type, payload)
SELECT 'order-' || order_id, 1, 'OrderPlaced', json_build_object(
    'order_id', order_id, 'user_id', user_id, 'currency', currency, 'created_at', placed_at,
    'lines', items)
FROM drafts;

INSERT INTO order_documents (
    order_id, user_id, user_email, user_name, status, total_minor, currency, created_at, items,
    version)
SELECT order_id, user_id, email, name, 1, total_minor, currency, placed_at, items, 1
FROM drafts JOIN users ON users.id = user_id;

ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users;
ALTER TABLE order_lines
    ADD PRIMARY KEY (order_id, number), ADD FOREIGN KEY (order_id) REFERENCES orders,
    ADD FOREIGN KEY (product_id) REFERENCES products;
\ir indexes.sql
