// In C because sqlite3_config and sqlite3_db_config take variable arguments, which Swift can't
// call.
#include <sqlite3.h>

/// Has SQLite keep no statistics of its memory, which nobody asks for: each of its allocations
/// would take a lock of the whole process. Before the first connection is opened; later it does
/// nothing. (https://www.sqlite.org/malloc.html, "Memory usage statistics and limits")
static inline void tandem_configure_sqlite(void) {
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/// Has a connection trust its own file no further than it must: somebody may have written it.
///
/// Nothing in the schema may call what is not safe, no statement may write to the schema or to
/// SQLite's own tables, no row is read or written that has more than `row_byte_count_max` bytes,
/// each page is checked when it is read, and a file that is cut short meanwhile is an error and
/// not a signal, as it would be of mapped memory.
static inline int tandem_guard_connection(sqlite3 *connection, int row_byte_count_max) {
    // 600 KiB that small allocations come from, instead of 40 times 1,200 bytes: most of a
    // transaction's would go to malloc.
    sqlite3_db_config(connection, SQLITE_DBCONFIG_LOOKASIDE, (void *)0, 1200, 500);
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
