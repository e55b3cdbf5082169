"""RaceTimeline: a race lap by lap, every driver a line, live in a notebook."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from f1lab.errors import UnknownName
from f1lab.widgets._base import STATIC, StaticWidget
from f1lab.widgets._timeline_data import race_data, report_data
from f1lab.widgets._timeline_svg import draw, static_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from f1lab.autopsy import AutopsyReport
    from f1lab.data.schema import Weekend

__all__ = ["RaceTimeline"]


class RaceTimeline(StaticWidget):
    """Places by lap, stops with their tyres, neutralisations, penalties and incidents.

    A click or Enter on a driver selects him: his line stands out, his stints and everything that
    happened to him are listed, with the autopsy's events and evidence where one is given. Arrow
    keys move between drivers and laps, Escape lets go. ``selected`` can be observed and set.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    highlight : sequence of str, optional
        Drivers drawn stronger than the others.
    report : AutopsyReport or dict, optional
        Autopsy of one driver of this race, or its ``to_dict()``; he is selected to begin with.
    layout : ipywidgets.Layout or dict, optional
        Size and margins of the widget.

    Raises
    ------
    InvalidInput
        If `weekend` is none, or the report is of another race.
    UnknownName
        If a driver is not in the race.
    TypeError
        If a keyword is none of the above.

    Examples
    --------
    >>> import f1lab
    >>> from f1lab.widgets import RaceTimeline
    >>> weekend = f1lab.load_demo()  # doctest: +SKIP
    >>> timeline = RaceTimeline(weekend, highlight=("WEX",))  # doctest: +SKIP
    >>> timeline.observe(lambda change: print(change.new), "selected")  # doctest: +SKIP
    """

    _esm = STATIC / "race-timeline.js"
    _css = STATIC / "race-timeline.css"
    _keywords: ClassVar[tuple[str, ...]] = ("highlight", "layout", "report")

    data = traitlets.Dict().tag(sync=True)
    #: Code of the driver selected, empty for none.
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(
        self,
        weekend: Weekend,
        highlight: Sequence[str] = (),
        report: AutopsyReport | Mapping[str, Any] | None = None,
        **keywords: object,
    ) -> None:
        self._race = race_data(weekend, highlight)
        self._weekend = weekend
        self._report = report_data(weekend, report)
        super().__init__(**keywords)

    def show_report(self, report: AutopsyReport | Mapping[str, Any] | None) -> None:
        """Show the autopsy of a driver of this race, and select him; None takes it away.

        Parameters
        ----------
        report : AutopsyReport, dict or None
            As in the constructor.

        Raises
        ------
        InvalidInput
            If the report is of another race.
        UnknownName
            If its driver is not in the race.
        """
        self._report = report_data(self._weekend, report)
        with self.hold_sync():
            self.data = self._wired()
            if self._report is not None:
                self.selected = self._report["driver"]

    def _wired(self) -> dict[str, Any]:
        return copy.deepcopy({**self._race, "report": self._report})

    @traitlets.default("data")
    def _default_data(self) -> dict[str, Any]:
        return self._wired()

    @traitlets.validate("data")
    def _keep_data(self, _proposal: object) -> dict[str, Any]:
        """Whatever a browser sends, the race stays the one this widget was made of."""
        return self._wired()

    @traitlets.default("selected")
    def _default_selected(self) -> str:
        return "" if self._report is None else str(self._report["driver"])

    @traitlets.validate("selected")
    def _known_driver(self, proposal: dict[str, Any]) -> str:
        code = str(proposal["value"])
        field = [driver["code"] for driver in self._race["drivers"]]
        if code and code not in field:
            # Only a TraitError takes the value back that a browser has sent.
            raise traitlets.TraitError(str(UnknownName("driver", code[:20], field)))
        return code

    def _static_bundle(self) -> dict[str, str]:
        return {"text/html": static_html(self._race), "image/svg+xml": draw(self._race)}

    def __repr__(self) -> str:
        """Return what is shown, the same for the same race."""
        marked = self._race["highlight"]
        more = f", highlight={marked!r}" if marked else ""
        return f"RaceTimeline({self._race['title']!r}{more})"
