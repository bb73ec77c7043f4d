"""Run with `python -m unittest discover` in the folder above."""

import logging

# What the tests provoke on purpose, and asyncio's remarks on slow callbacks in its debug mode.
logging.getLogger("tandem_client").setLevel(logging.CRITICAL)
logging.getLogger("asyncio").setLevel(logging.ERROR)
