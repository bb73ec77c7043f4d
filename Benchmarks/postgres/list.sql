-- Tandem's ListUserOrders, by the index by_user_created. pgbench -M prepared -D first=… -D last=…,
-- the users to choose from.
\set user random(:first, :last)
SELECT * FROM order_documents WHERE user_id = :user
ORDER BY created_at DESC, order_id DESC LIMIT 20;
