#!/usr/bin/env bash
# Makes a private virtual environment with the one thing that the Python client needs, protobuf, and
# what checks its types, if it is not there yet; prints its interpreter's path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

venv=.venv-client
# The marker is written last: an installation that was interrupted is begun anew.
if [[ ! -e $venv/.complete ]]; then
    printf 'installing protobuf and mypy for Python into %s\n' "$venv" >&2
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        'protobuf>=4.21' 'mypy>=1.8' types-protobuf >&2
    touch "$venv/.complete"
fi
printf '%s\n' "$PWD/$venv/bin/python"
