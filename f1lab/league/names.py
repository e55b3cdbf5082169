"""What a player may be called.

A name is Unicode-normalised (NFKC) and its spaces are joined, so what looks the same is the
same; names that differ in case only belong to one player. A league knows names, no passwords:
whoever runs one for strangers puts a sign-in before it.
"""

from __future__ import annotations

import unicodedata

from f1lab.league.errors import SubmissionRefused

__all__ = ["LONGEST_NAME", "user_key", "user_name"]

SHORTEST_NAME, LONGEST_NAME = 2, 24
#: Nothing longer is even normalised [characters].
_LONGEST_GIVEN = 200
_SIGNS = frozenset(" -_.'")


def user_name(given: object) -> str:
    """Return a player's name as a league shows it.

    Parameters
    ----------
    given : str
        Two to 24 letters, digits, spaces and ``- _ . '``, of any script.

    Returns
    -------
    str
        The name, normalised.

    Raises
    ------
    SubmissionRefused
        If it is not allowed; the sentence says why.

    Examples
    --------
    >>> user_name("  Ada   Lovelace ")
    'Ada Lovelace'
    """
    if not isinstance(given, str) or len(given) > _LONGEST_GIVEN:
        raise _refused(given)
    name = " ".join(unicodedata.normalize("NFKC", given).split())
    kinds = [unicodedata.category(sign) for sign in name]
    letters = sum(kind[0] == "L" or kind == "Nd" for kind in kinds)
    marks = sum(kind in ("Mn", "Mc") for kind in kinds)
    others = {
        sign
        for sign, kind in zip(name, kinds, strict=True)
        if kind[0] != "L" and kind not in ("Nd", "Mn", "Mc") and sign not in _SIGNS
    }
    if others:
        raise SubmissionRefused(
            f"the name {given!r} holds {', '.join(map(ascii, sorted(others)))}; a name has "
            "letters, digits, spaces and - _ . ' only."
        )
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME or not letters or marks > letters:
        raise _refused(given)
    return name


def user_key(name: str) -> str:
    """What two spellings of one name have in common: the name without its case."""
    return unicodedata.normalize("NFKC", name.casefold())


def _refused(given: object) -> SubmissionRefused:
    shown = repr(given) if isinstance(given, str) and len(given) <= _LONGEST_GIVEN else "given"
    return SubmissionRefused(
        f"the name {shown} is not possible: give {SHORTEST_NAME} to {LONGEST_NAME} letters, "
        "digits, spaces and - _ . ', with a letter or a digit among them."
    )
