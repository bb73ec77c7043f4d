# A first session with the CLI, typed by a script. Sourced by Scripts/demo, whose $tandem and $work
# it uses.
# shellcheck shell=bash disable=SC2154

# Prints a command as one would type it.
typed() {
    local word
    printf '\n$ tandem'
    for word in "$@"; do
        if [[ $word =~ ^[A-Za-z0-9_@%+=:,./-]+$ ]]; then
            printf ' %s' "$word"
        else
            printf " '%s'" "$word"
        fi
    done
    printf '\n'
}

# Runs a command of the CLI and shows it, what it printed, and how long it took. Its output is
# left in $work/tour.out for the step after.
show() {
    local started status=0
    typed "$@"
    started=${EPOCHREALTIME/[.,]/}
    "$tandem" "$@" >"$work/tour.out" 2>&1 || status=$?
    local ended=${EPOCHREALTIME/[.,]/}
    cat "$work/tour.out"
    printf '  [%d ms with the start of the program' $(((ended - started) / 1000))
    if ((status)); then printf '; it ended with %d' "$status"; fi
    printf ']\n'
    return "$status"
}

# The same, for a command that has to be refused.
show_refused() {
    local status=0
    show "$@" || status=$?
    ((status == 1)) || fail "the server should have refused that (1), but tandem ended with $status"
}

# The token that the command just shown printed: its position in the log.
shown_token() { sed -n 's/^position [0-9]*, token \([^ ]*\)$/\1/p' "$work/tour.out"; }

tour() {
    local user=990001 product=99000001 order=990001 paid
    show user register --id "$user" --email ada@example.org --name 'Ada Lovelace'
    show product add --id "$product" --name 'Earl Grey, 100 bags' --price-minor 549 --currency USD
    show order place --id "$order" --user "$user" --line "$product:2"
    note "with that token a query waits until it can see the order"
    show order get "$order" --at-least "$(shown_token)"
    note "a new e-mail address reaches every order of hers"
    show user change-email "$user" countess@example.org
    show order get "$order" --at-least "$(shown_token)"
    show order pay "$order"
    paid=$(shown_token)
    note "mistakes are answered with the reason, and change nothing"
    show_refused order place --user "$user" --line 99999999:1
    show_refused order pay "$order"
    note "what she has ordered, not older than the payment"
    show order list --user "$user" --at-least "$paid"
}
