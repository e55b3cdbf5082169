"""One thread for small matrices.

The model solves thousands of systems of a hundred unknowns. On so little work the linear-algebra
library's threads wait for each other longer than they compute: on two cores an autopsy takes
forty times as long with them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from threadpoolctl import ThreadpoolController

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["one_thread"]


@cache
def _controller() -> ThreadpoolController:
    return ThreadpoolController()


def one_thread() -> AbstractContextManager[object]:
    """Keep linear algebra to one thread inside a ``with`` block."""
    limited: AbstractContextManager[object] = _controller().limit(limits=1, user_api="blas")
    return limited
