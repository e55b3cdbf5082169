"""What a worker needs before its first request; imported once by the process that starts them."""

from __future__ import annotations

import f1lab.api.app  # noqa: F401  (with every endpoint, and all that they call)
from f1lab.engine.ready import load_engine

__all__ = ["load_engine"]
