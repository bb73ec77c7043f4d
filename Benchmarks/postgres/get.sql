-- Tandem's GetOrder. pgbench -M prepared -D first=… -D last=…, the ids to choose from.
\set id random(:first, :last)
SELECT * FROM order_documents WHERE order_id = :id;
