#!/usr/bin/env bash
# Makes a private virtual environment with what the Python client, the tests and the checks of types
# need, Scripts/lib/requirements.txt, if it is not there yet; prints its interpreter's path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=.venv
needed=Scripts/lib/requirements.txt
# The copy is written last: an installation that was interrupted, or of other versions, is begun
# anew.
if ! cmp -s "$needed" "$venv/.complete"; then
    printf 'installing %s into %s\n' "$(sed 's/[^a-z-].*//' "$needed" | paste -sd ' ')" "$venv" >&2
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$needed" >&2
    cp "$needed" "$venv/.complete"
fi
printf '%s\n' "$PWD/$venv/bin/python"
