"""BlameWaterfall: what cost a driver the race, bar by bar, live in a notebook."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from f1lab.widgets._base import STATIC, StaticWidget
from f1lab.widgets._waterfall_data import wire
from f1lab.widgets._waterfall_static import static_html
from f1lab.widgets._waterfall_text import title
from f1lab.widgets.waterfall_svg import draw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from f1lab.autopsy import AutopsyReport

__all__ = ["BlameWaterfall"]


class BlameWaterfall(StaticWidget):
    """Waterfall from zero to the gap: six causes, the unexplained remainder, the total.

    A click or Enter on a bar opens its evidence: what was read, from which laps, worth how
    many seconds. Arrow keys move between the bars, Escape closes. Where no kernel answers
    (exported pages, GitHub) a picture with the same numbers stands in.

    Parameters
    ----------
    report : AutopsyReport or dict
        The report, or its ``to_dict()``. One that holds a ``"refusal"`` shows the reason.
    animate : bool, default True
        Whether the bars build up; readers who asked for less motion never see that.
    timeline : bool, default True
        Whether the strip of laps with stops and neutralisations is shown.
    layout : ipywidgets.Layout or dict, optional
        Size and margins of the widget.

    Raises
    ------
    InvalidInput
        If the report lacks a number or does not add up to its gap.
    TypeError
        If a keyword is none of the above.

    Examples
    --------
    >>> import f1lab
    >>> weekend = f1lab.load_demo()  # doctest: +SKIP
    >>> f1lab.BlameWaterfall(f1lab.autopsy(weekend, "UUR"))  # doctest: +SKIP
    """

    _esm = STATIC / "blame-waterfall.js"
    _css = STATIC / "blame-waterfall.css"
    _keywords: ClassVar[tuple[str, ...]] = ("animate", "layout", "timeline")

    data = traitlets.Dict().tag(sync=True)
    animate = traitlets.Bool(default_value=True).tag(sync=True)
    timeline = traitlets.Bool(default_value=True).tag(sync=True)

    def __init__(self, report: AutopsyReport | Mapping[str, Any], **keywords: object) -> None:
        self._wired = wire(report)
        super().__init__(**keywords)

    @traitlets.default("data")
    def _default_data(self) -> dict[str, Any]:
        return copy.deepcopy(self._wired)

    @traitlets.validate("data")
    def _keep_data(self, _proposal: object) -> dict[str, Any]:
        """Whatever a browser sends, the report stays the one this widget was made of."""
        return copy.deepcopy(self._wired)

    def _static_bundle(self) -> dict[str, str]:
        return {
            "text/html": static_html(self._wired, timeline=self.timeline),
            "image/svg+xml": draw(self._wired, timeline=self.timeline),
        }

    def __repr__(self) -> str:
        """Return what is shown, the same for the same report."""
        return f"BlameWaterfall({title(self._wired)!r})"
