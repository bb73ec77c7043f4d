"""Makes the test vectors. Written from SPEC.md, apart from every implementation."""

import sys
from pathlib import Path

# The tooling's codec.
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "conformance"))
