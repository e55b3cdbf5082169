"""Who may do what: four roles, each of which may do what the ones before it may."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Role"]


class Role(StrEnum):
    """What somebody may do; the later may do all that the earlier may.

    Examples
    --------
    >>> Role.admin.may(Role.reader), Role.reader.may(Role.reporter)
    (True, False)
    """

    reader = "reader"
    """Read every answer."""
    player = "player"
    """Play a race and submit it to the league."""
    reporter = "reporter"
    """Have reports written, which takes a process and half a gigabyte."""
    admin = "admin"
    """Look after the cache."""

    def may(self, needed: Role) -> bool:
        """Whether this role is enough where another is asked for.

        Parameters
        ----------
        needed : Role
            The least role that is let in.
        """
        order = list(Role)
        return order.index(self) >= order.index(needed)
