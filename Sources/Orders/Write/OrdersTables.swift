import OrdersMessages
public import Tandem

/// The order service's statements.
public struct OrdersTables: Tables {
    let insertUser = Statement("INSERT INTO users (id, email, name) VALUES (?, ?, ?)")
    let user = Select<String, String>("SELECT email, name FROM users WHERE id = ?")
    let setEmail = Statement("UPDATE users SET email = ? WHERE id = ?")
    let setName = Statement("UPDATE users SET name = ? WHERE id = ?")

    let catalogue = Catalogue()

    let insertOrder = Statement(
        """
        INSERT INTO orders (id, user_id, status, currency, total_minor, created_at, last_item)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """)
    let order = Select<OrderStatus, Int64, Int64, String, UInt32>(
        """
        SELECT status, total_minor, refunded_minor, currency, last_item FROM orders WHERE id = ?
        """)
    let setOrder = Statement(
        """
        UPDATE orders SET status = ?, total_minor = ?, refunded_minor = ?, last_item = ?
        WHERE id = ?
        """)
    let insertItem = Statement(
        """
        INSERT INTO order_items
            (order_id, number, product_id, description, quantity, price_minor, unit_price_minor)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """)
    let item = Select<Int64?, UInt32, Int64, Int64?>(
        """
        SELECT product_id, quantity, price_minor, unit_price_minor FROM order_items
        WHERE order_id = ? AND number = ?
        """)
    let setItem = Statement(
        "UPDATE order_items SET quantity = ?, price_minor = ? WHERE order_id = ? AND number = ?")
    let deleteItem = Statement("DELETE FROM order_items WHERE order_id = ? AND number = ?")
    let itemCount = Select<Int>("SELECT count(*) FROM order_items WHERE order_id = ?")

    let ids = AutomaticIDs()

    public init() {}
}

extension OrderStatus: SQLValue, FixedIndexValue {}
