# Starts and stops the demonstration's server. Sourced by Scripts/demo.
# shellcheck shell=bash

server_pid=''

# Starts `tandem-server all` and waits until it is ready.
# Arguments: the program, the work folder, then more options of the server.
# Sets server_pid, and exports the addresses that `tandem` takes from the environment.
start_server() {
    local program=$1 work=$2 ready waited
    shift 2
    # In a session of its own: Ctrl-C is for this script, which then stops the server itself.
    setsid "$program" all --data "$work/data" "$@" \
        </dev/null >"$work/server.out" 2>"$work/server.log" &
    server_pid=$!
    # Timed: a minute, for what takes less than a second.
    for ((waited = 0; waited < 600; waited++)); do
        ready=$(grep -m 1 '^ready ' "$work/server.out" || true)
        if [[ $ready =~ command=([^ ]+)\ query=([^ ]+)\ feed=([^ ]+) ]]; then
            export TANDEM_COMMAND_ADDRESS=${BASH_REMATCH[1]}
            export TANDEM_QUERY_ADDRESS=${BASH_REMATCH[2]}
            return 0
        fi
        if ! kill -0 "$server_pid" 2>/dev/null; then
            server_pid=''
            tail -n 20 "$work/server.log" >&2
            fail "the server ended before it was ready; its last words are above"
        fi
        sleep 0.1
    done
    tail -n 20 "$work/server.log" >&2
    fail "the server was not ready after a minute"
}

# Stops the server by its process id: politely, then for certain. Does nothing if none runs.
stop_server() {
    local pid=$server_pid waited
    [[ -n $pid ]] || return 0
    server_pid=''
    kill -TERM "$pid" 2>/dev/null || true
    # Timed: a courtesy; behind it the server is killed, which fails nothing.
    for ((waited = 0; waited < 200; waited++)); do
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.1
    done
    if kill -0 "$pid" 2>/dev/null; then
        printf 'warning: the server did not stop within 20 s of SIGTERM; killing it\n' >&2
        kill -KILL "$pid" 2>/dev/null || true
    fi
    wait "$pid" 2>/dev/null || true
}
