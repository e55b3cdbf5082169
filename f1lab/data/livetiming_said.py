"""Status and race control's messages of a recording, each said once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

__all__ = ["Message", "changes", "said_once"]

#: When, and what.
Message = tuple[datetime, dict[str, Any]]


def changes(held: list[Message], key: str) -> list[Message]:
    """Messages that say something other than the one before."""
    return [
        one for n, one in enumerate(held) if n == 0 or one[1].get(key) != held[n - 1][1].get(key)
    ]


def _said_first(message: Message) -> tuple[datetime, int]:
    """Race control numbers what it says: of two messages of one moment the lower comes first."""
    entries = message[1].get("Messages", ())
    numbers = [int(n) for n in entries if str(n).isdigit()] if isinstance(entries, dict) else []
    return message[0], min(numbers, default=0)


def said_once(held: list[Message]) -> list[Message]:
    """Race control's messages, each once: a recorder that is started again hears all of them."""
    said: set[tuple[str, object, object]] = set()
    found: list[Message] = []
    for when, told in sorted(held, key=_said_first):
        entries = told.get("Messages", ())
        numbered = entries if isinstance(entries, dict) else dict(enumerate(entries))
        new = []
        for number, entry in numbered.items():
            mark = (str(number), entry.get("Utc"), entry.get("Message"))
            if mark not in said:
                said.add(mark)
                new.append(entry)
        if new:
            found.append((when, {"Messages": new}))
    return found
