// In C because sqlite3_db_config takes variable arguments, which Swift can't call.
#include <sqlite3.h>

/// Has a connection trust its own file no further than it must: somebody may have written it.
///
/// Nothing in the schema may call what is not safe, no statement may write to the schema or to
/// SQLite's own tables, no row is read or written that has more than `row_byte_count_max` bytes,
/// each page is checked when it is read, and a file that is cut short meanwhile is an error and
/// not a signal, as it would be of mapped memory.
static inline int tandem_guard_connection(sqlite3 *connection, int row_byte_count_max) {
    int code = sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, (int *)0);
    if (code == SQLITE_OK) {
        code = sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, (int *)0);
    }
    if (code == SQLITE_OK) {
        code = sqlite3_exec(
            connection, "PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0", 0, 0, 0);
    }
    sqlite3_limit(connection, SQLITE_LIMIT_LENGTH, row_byte_count_max);
    return code;
}
