"""What the waterfall says in words: its title, the line under it, one sentence per bar.

``widgets/blame-waterfall/words.js`` says the same in the browser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from f1lab.widgets._format import laps_text, seconds_text, share_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from f1lab.widgets._waterfall_geometry import Step

__all__ = ["rival", "sentence", "subtitle", "title"]


def title(report: Mapping[str, Any]) -> str:
    """Who against whom, where, and the gap to the millisecond.

    Parameters
    ----------
    report : dict
        As checked by ``wire``.

    Returns
    -------
    str
        e.g. ``"HAM vs VER · Monaco Grand Prix 2023 · +39.062 s over 78 laps"``.
    """
    race = " ".join(str(report[key]) for key in ("event", "year") if report[key])
    parts = [f"{report['driver']} vs {rival(report)}", race]
    if "gap_s" in report:
        laps = report["laps_compared"]
        over = f" over {laps_text(laps)}" if laps else ""
        parts.append(f"{seconds_text(report['gap_s'], 3)}{over}")
    return " · ".join(part for part in parts if part)


def rival(report: Mapping[str, Any]) -> str:
    """Short name of the reference.

    Parameters
    ----------
    report : dict
        As checked by ``wire``.

    Returns
    -------
    str
        A driver code, or ``"the ideal race"``.
    """
    if report["reference_kind"] == "ideal":
        return "the ideal race"
    return str(report["reference"] or "the reference")


def subtitle(report: Mapping[str, Any]) -> str:
    """Names in full, grid, finish and what kind of reference it is.

    Parameters
    ----------
    report : dict
        As checked by ``wire``.

    Returns
    -------
    str
        Parts joined by ``·``; what is unknown is left out.
    """
    name, team = report["driver_name"], report["team"]
    driver = f"{name or report['driver']} ({team})" if team else name
    parts = [driver, _result(report), _against(report)]
    return " · ".join(part for part in parts if part)


def _result(report: Mapping[str, Any]) -> str:
    grid, finish, status = report["grid"], report["finish"], report["status"]
    moved = f"P{grid} → P{finish}" if grid and finish else ""
    if report["classified"] is False:
        return f"from P{grid}, not classified: {status}" if grid else f"not classified: {status}"
    return f"{moved}, {status}" if moved and status not in (None, "", "Finished") else moved


def _against(report: Mapping[str, Any]) -> str:
    name, kind = report["reference_name"], report["reference_kind"]
    roles = {"winner": "the winner", "teammate": "the team-mate"}
    if kind == "ideal":
        return "against the quickest car on the best plan in clean air"
    if not name:
        return ""
    return f"against {name}, {roles[kind]}" if kind in roles else f"against {name}"


def sentence(step: Step) -> str:
    """One bar as a sentence, for tooltips and screen readers.

    Parameters
    ----------
    step : Step
        The bar.

    Returns
    -------
    str
        e.g. ``"Strategy: lost 9.604 s, 90 % interval +5.900 to +13.200 s, 22 % of all
        seconds booked, cost 2 places."``
    """
    amount = seconds_text(abs(step.seconds), 3).removeprefix("+")
    verb = {"lost": f"lost {amount}", "gained": f"gained {amount}", "none": "nothing"}[step.sense]
    parts = [f"{step.label}: {verb}"]
    if step.low is not None and step.high is not None:
        low = seconds_text(step.low, 3).removesuffix(" s")
        parts.append(f"90 % interval {low} to {seconds_text(step.high, 3)}")
    if step.share is not None:
        parts.append(f"{share_text(step.share)} of all seconds booked")
    if step.places:
        places = f"{abs(step.places)} {'place' if abs(step.places) == 1 else 'places'}"
        parts.append(f"{'cost' if step.places > 0 else 'won'} {places}")
    return ", ".join(parts) + "."
