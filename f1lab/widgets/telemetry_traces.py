"""TelemetryTraces: laps over distance, live in a notebook."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from f1lab.errors import F1LabError
from f1lab.widgets._base import STATIC, StaticWidget
from f1lab.widgets._traces_choice import MOST_LAPS, MOST_RACES, choices, choose, session_of
from f1lab.widgets._traces_data import packed
from f1lab.widgets._traces_laps import lap_curves
from f1lab.widgets._traces_race import race_curves
from f1lab.widgets._traces_svg import draw, static_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.data.schema import Session, Weekend
    from f1lab.widgets._traces_choice import Pick
    from f1lab.widgets._traces_data import Curves

__all__ = ["TelemetryTraces"]


class TelemetryTraces(StaticWidget):
    """Speed, time difference, throttle, brake, gear, engine and DRS over distance.

    Up to six laps, or up to four whole sessions lap after lap. The time difference is that of
    :func:`f1lab.calc.align.align`, against the first lap; a lap that does not align with it is
    named with its residual and not drawn. The circuit's map follows the cursor. Laps are exchanged
    in the view; drag, wheel, arrow keys, ``+``, ``-`` and ``0`` zoom and move. Where no kernel
    answers a picture of speed and time difference stands in, with a table of the corners.

    Parameters
    ----------
    weekend_or_session : Weekend or Session
        Where the laps come from.
    laps : sequence of (str, int or str)
        Pairs of a driver and a lap: a number, ``"fastest"`` of those with car data, or ``"race"``
        for all his laps one after the other.
    session : {"race", "qualifying"}, default "race"
        Which session of a weekend.
    layout : ipywidgets.Layout or dict, optional
        Size and margins of the widget.

    Raises
    ------
    InvalidInput
        If `laps` is no list of such pairs, has too many, or one of them twice.
    UnknownName
        If a driver or the session is not known.
    NoData
        If a driver did not drive the lap, or the first lap has no car data.
    TypeError
        If a keyword is none of the above.

    Examples
    --------
    >>> import f1lab
    >>> from f1lab.widgets import TelemetryTraces
    >>> weekend = f1lab.load(2025, "China")  # doctest: +SKIP
    >>> TelemetryTraces(weekend, laps=[("NOR", 15), ("PIA", "fastest")])  # doctest: +SKIP
    """

    _esm = STATIC / "telemetry-traces.js"
    _css = STATIC / "telemetry-traces.css"
    _keywords: ClassVar[tuple[str, ...]] = ("laps", "layout", "session")

    data = traitlets.Dict().tag(sync=True)
    samples = traitlets.Bytes().tag(sync=True)

    def __init__(
        self,
        weekend_or_session: Weekend | Session,
        laps: Sequence[tuple[str, int | str]],
        *,
        session: str = "race",
        **keywords: object,
    ) -> None:
        self._session, self._title = session_of(weekend_or_session, session)
        self._picks = choose(self._session, laps)
        self._curves = _curves(self._session, self._picks)
        self._revision, self._buffer = 0, b""
        self._wired: dict[str, Any] = {}
        self._wire("")
        super().__init__(**keywords)
        self.on_msg(self._on_message)

    @property
    def laps(self) -> tuple[tuple[str, int | str], ...]:
        """Drivers and laps shown; ``"race"`` for all laps of a driver."""
        return tuple((p.driver, "race" if p.lap is None else p.lap) for p in self._picks)

    def choose(self, laps: Sequence[tuple[str, int | str]]) -> None:
        """Show other laps of the session.

        Parameters
        ----------
        laps : sequence of (str, int or str)
            As in the constructor.

        Raises
        ------
        F1LabError
            As the constructor; the view stays as it was.
        """
        picks = choose(self._session, laps)
        self._curves, self._picks = _curves(self._session, picks), picks
        self._push("")

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        """Show what the view asks for, or there, in a sentence, why not."""
        if not isinstance(content, dict) or content.get("kind") != "choose":
            return
        try:
            self.choose(content.get("laps"))  # type: ignore[arg-type]  # checked there
        except F1LabError as error:
            self._push(str(error))

    def _push(self, problem: str) -> None:
        self._wire(problem)
        with self.hold_sync():
            self.data, self.samples = copy.deepcopy(self._wired), self._buffer

    def _wire(self, problem: str) -> None:
        shown = self._curves
        places, self._buffer = packed([*(t.channels for t in shown.traces), shown.outline])
        self._revision += 1
        self._wired = {
            "revision": self._revision,
            "bytes": len(self._buffer),
            "title": self._title,
            "mode": shown.mode,
            "lap_m": shown.lap_m,
            "length_m": shown.length_m,
            "most": MOST_LAPS if shown.mode == "laps" else MOST_RACES,
            "laps": [
                {
                    "driver": trace.pick.driver,
                    "lap": "race" if trace.pick.lap is None else trace.pick.lap,
                    "label": trace.pick.label,
                    "facts": trace.facts,
                    "problem": trace.problem,
                    "channels": place,
                }
                for trace, place in zip(shown.traces, places, strict=False)
            ],
            "map": places[-1] or None,
            "corners": [corner.to_dict() for corner in shown.corners],
            "parts": list(shown.parts),
            "choices": choices(self._session),
            "problem": problem,
            "note": shown.note,
        }

    @traitlets.default("data")
    def _default_data(self) -> dict[str, Any]:
        return copy.deepcopy(self._wired)

    @traitlets.validate("data")
    def _keep_data(self, _proposal: object) -> dict[str, Any]:
        """Whatever a browser sends, the laps stay those computed here."""
        return copy.deepcopy(self._wired)

    @traitlets.default("samples")
    def _default_samples(self) -> bytes:
        return self._buffer

    @traitlets.validate("samples")
    def _keep_samples(self, _proposal: object) -> bytes:
        return self._buffer

    def _static_bundle(self) -> dict[str, str]:
        return {
            "text/html": static_html(self._curves, self._title),
            "image/svg+xml": draw(self._curves, self._title),
        }

    def __repr__(self) -> str:
        """Return what is shown, the same for the same laps."""
        return f"TelemetryTraces({self._title!r}, laps={list(self.laps)!r})"


def _curves(session: Session, picks: Sequence[Pick]) -> Curves:
    whole = all(pick.lap is None for pick in picks)
    return race_curves(session, picks) if whole else lap_curves(session, picks)
