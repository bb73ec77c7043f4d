-- Tandem's PlaceOrder as one statement, which is one transaction: pgbench -M prepared.
--
-- An unknown user gives no row, an unknown product a null total, which orders refuses; the foreign
-- keys see to it that both stay. A key that was used before violates idempotency_keys, and its
-- client then asks for the reply. The same as a PL/pgSQL function that looks for the key first took
-- half as much CPU time again.
\set user random(1, 100)
\set p1 random(1, 1000)
\set p2 random(1, 1000)
\set p3 random(1, 1000)
\set p4 random(1, 1000)
\set q1 random(1, 5)
\set q2 random(1, 5)
\set q3 random(1, 5)
\set q4 random(1, 5)
WITH lines AS MATERIALIZED (
    SELECT number, product.id AS product_id, product.name, quantity,
        product.price_minor * quantity AS price_minor, product.price_minor AS unit_price_minor
    FROM unnest(ARRAY[:p1, :p2, :p3, :p4]::bigint[], ARRAY[:q1, :q2, :q3, :q4]::int[])
        WITH ORDINALITY AS line (product_id, quantity, number)
    JOIN products AS product ON product.id = line.product_id
    WHERE product.currency = 'USD' AND NOT product.is_retired
), draft AS MATERIALIZED (
    SELECT nextval('order_ids') AS id, users.id AS user_id, email, name, total_minor, items
    FROM users, (
        SELECT CASE count(*) WHEN 4 THEN sum(price_minor)::bigint END AS total_minor,
            json_agg(json_build_object(
                'number', number, 'product_id', product_id, 'product_name', name,
                'quantity', quantity, 'price_minor', price_minor,
                'unit_price_minor', unit_price_minor)) AS items
        FROM lines
    ) AS sums
    WHERE users.id = :user
), new_order AS (
    INSERT INTO orders (id, user_id, currency, total_minor, created_at)
    SELECT id, user_id, 'USD', total_minor, now() FROM draft
), new_lines AS (
    INSERT INTO order_lines
        (order_id, number, product_id, quantity, price_minor, unit_price_minor)
    SELECT id, number, product_id, quantity, price_minor, unit_price_minor FROM draft, lines
), new_document AS (
    INSERT INTO order_documents (
        order_id, user_id, user_email, user_name, status, total_minor, currency, created_at,
        items, version)
    SELECT id, user_id, email, name, 1, total_minor, 'USD', now(), items, 1 FROM draft
), event AS (
    INSERT INTO events (stream, version, type, payload)
    SELECT 'order-' || id, 1, 'OrderPlaced', json_build_object(
        'order_id', id, 'user_id', user_id, 'currency', 'USD', 'created_at', now(), 'lines', items)
    FROM draft
    RETURNING position
)
INSERT INTO idempotency_keys (key, request_hash, reply)
SELECT gen_random_uuid(),
    hash_array_extended(
        ARRAY[:user, :p1, :q1, :p2, :q2, :p3, :q3, :p4, :q4]::bigint[], 0),
    json_build_object(
        'order_id', id, 'status', 1, 'total_minor', total_minor, 'currency', 'USD', 'version', 1,
        'position', position)
FROM draft, event
RETURNING reply;
