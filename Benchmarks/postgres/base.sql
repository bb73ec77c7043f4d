-- The users and products of Scripts/lib/bench/base_shop.py.
INSERT INTO users (id, email, name)
SELECT number, 'user-' || number || '@example.org', 'User ' || number
FROM generate_series(1, 100) AS number;
INSERT INTO products (id, name, price_minor, currency)
SELECT number, 'Product number ' || number, 100 + number, 'USD'
FROM generate_series(1, 1000) AS number;
