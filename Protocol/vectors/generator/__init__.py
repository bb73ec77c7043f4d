"""Makes the test vectors. Written from SPEC.md, apart from every implementation."""
