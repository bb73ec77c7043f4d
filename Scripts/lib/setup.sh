#!/usr/bin/env bash
# Gets a Debian or Ubuntu machine ready: installs the few packages that are missing, and checks
# for Swift. Does nothing, and says nothing, when all is there.
set -euo pipefail

readonly swift_needed=6.3

say() { printf '%s\n' "$*" >&2; }
fail() { say "error: $*"; exit 1; }

has_header() {
    local folder
    for folder in /usr/include /usr/local/include; do
        if [[ -e $folder/$1 ]]; then return 0; fi
    done
    return 1
}

missing_packages() {
    has_header sqlite3.h || echo libsqlite3-dev
    has_header zlib.h || echo zlib1g-dev
    if ! command -v python3 >/dev/null; then
        echo python3
        echo python3-venv
    elif ! python3 -c 'import ensurepip, venv' 2>/dev/null; then
        # Debian splits off what a virtual environment needs.
        echo python3-venv
    fi
}

as_root() {
    if [[ $(id -u) == 0 ]]; then "$@"; else sudo "$@"; fi
}

install_packages() {
    local log
    command -v apt-get >/dev/null ||
        fail "these packages are missing, and there is no apt-get to install them with: $*"
    if [[ $(id -u) != 0 ]] && ! command -v sudo >/dev/null; then
        fail "these packages are missing; as root, run: apt-get install $*"
    fi
    say "installing $*"
    log=$(mktemp)
    # A stale list may still do; if it doesn't, the installation says so.
    as_root apt-get -q update >"$log" 2>&1 || say "warning: apt-get update failed, going on"
    if ! as_root env DEBIAN_FRONTEND=noninteractive \
        apt-get -q install -y --no-install-recommends "$@" >>"$log" 2>&1; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        fail "apt-get could not install $*"
    fi
    rm -f "$log"
}

check_swift() {
    local how version
    how="Install Swift $swift_needed or newer from https://www.swift.org/install/linux"
    how+=" and put it on the PATH."
    command -v swift >/dev/null || fail "Swift is missing. $how"
    version=$(swift --version 2>/dev/null |
        sed -n '/Swift version/{s/.*Swift version \([0-9][0-9.]*\).*/\1/p;q}')
    [[ -n $version ]] || fail "\`swift --version\` does not say its version. $how"
    # The older of the two comes first; that must be the one that is needed.
    [[ $(printf '%s\n' "$swift_needed" "$version" | sort -V | head -n 1) == "$swift_needed" ]] ||
        fail "Swift $version is too old. $how"
}

check_python() {
    python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
        fail "Python 3.11 or newer is needed; python3 is $(python3 --version 2>&1)."
}

mapfile -t missing < <(missing_packages)
if ((${#missing[@]})); then
    install_packages "${missing[@]}"
    mapfile -t missing < <(missing_packages)
    ((${#missing[@]} == 0)) || fail "still missing after the installation: ${missing[*]}"
fi
check_python
check_swift
