"""What every f1lab widget has in common.

A misspelt keyword is refused, ``repr`` says the same thing each time, and a static picture
travels beside the live view for pages where no kernel answers.
"""

from __future__ import annotations

import pathlib
from typing import Any, ClassVar

import anywidget

__all__ = ["STATIC", "StaticWidget"]

#: The built bundles, committed beside the Python code.
STATIC = pathlib.Path(__file__).parent / "static"


class StaticWidget(anywidget.AnyWidget):
    """Widget with a static picture.

    A subclass lists the keywords of its constructor in ``_keywords`` and returns its picture
    from ``_static_bundle``.

    Parameters
    ----------
    **keywords
        Traits of the widget.

    Raises
    ------
    TypeError
        If a keyword is none of the widget's; the message names the allowed ones.
    """

    _keywords: ClassVar[tuple[str, ...]] = ()

    def __init__(self, **keywords: object) -> None:
        unknown = sorted(set(keywords) - set(self._keywords))
        if unknown:
            raise TypeError(
                f"{type(self).__name__} has no keyword {', '.join(map(repr, unknown))}; "
                f"allowed: {', '.join(self._keywords) or 'none'}.",
            )
        super().__init__(**keywords)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _static_bundle(self) -> dict[str, str]:
        """Mimetype to content, for pages without a kernel."""
        return {}

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:  # noqa: ANN401 - as IPython calls it
        bundle = super()._repr_mimebundle_(**kwargs)
        if bundle is None:
            return None
        data, metadata = bundle
        return {**data, "text/plain": repr(self), **self._static_bundle()}, metadata
