"""What Scripts/abuse runs: one server, every way to abuse it at once, and a client that is good.

Each abuser and the good client are programs of their own. The abusers speak by the conformance
suite's codec, so that they can send whatever they like; the good client is the Python client.
"""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
LIB = ROOT / "Scripts" / "lib"

for _home in (ROOT / "Protocol" / "conformance", ROOT / "clients" / "python" / "src"):
    if str(_home) not in sys.path:
        sys.path.insert(0, str(_home))
