"""Measures Tandem and its peers in turn, for Scripts/bench, whose --help says what is measured."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

for _home in (ROOT / "Scripts" / "lib", ROOT / "Protocol" / "conformance"):
    if str(_home) not in sys.path:
        sys.path.insert(0, str(_home))
