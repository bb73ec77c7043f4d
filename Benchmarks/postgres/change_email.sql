-- Tandem's ChangeUserEmail with all that follows from it, in one transaction: pgbench -M prepared
-- -D user=…. The address carries a random number, so that every change is one.
\set number random(1, 1000000000)
WITH changed AS (
    UPDATE users SET email = 'user-' || :number || '@example.org' WHERE id = :user
    RETURNING id, email
), event AS (
    INSERT INTO events (stream, version, type, payload)
    SELECT 'user-' || id, 1 + :number, 'UserEmailChanged',
        json_build_object('user_id', id, 'email', email)
    FROM changed
)
UPDATE order_documents SET user_email = changed.email FROM changed WHERE user_id = changed.id;
