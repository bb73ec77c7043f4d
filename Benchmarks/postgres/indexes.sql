-- The indexes of Sources/Orders/Read/OrdersDocuments.swift, by their names there.
CREATE INDEX by_user_created ON order_documents (user_id, created_at DESC, order_id DESC);
CREATE INDEX by_user_status_created
    ON order_documents (user_id, status, created_at DESC, order_id DESC);
CREATE INDEX by_created ON order_documents (created_at DESC, order_id DESC);
CREATE INDEX by_status_created ON order_documents (status, created_at DESC, order_id DESC);
CREATE INDEX by_total ON order_documents (total_minor DESC, order_id DESC);
