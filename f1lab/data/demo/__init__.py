"""The demo weekend: a race that never happened, and of which everything is known.

Twenty invented drivers on an invented circuit, drawn from ``parameters.json``: a shower, a safety
car, a slow stop, a penalty, a retirement, lapped cars, traffic. ``Weekend.truth`` says where every
second of every lap went.
"""

from __future__ import annotations

from f1lab.data.demo.weekend import generate

__all__ = ["generate"]
