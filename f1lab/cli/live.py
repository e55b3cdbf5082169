"""``f1lab live``: follow a live-timing recording while it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from f1lab.live.state import LiveRow, LiveState

_TYRES = {
    "SOFT": ("S", "red"),
    "MEDIUM": ("M", "yellow"),
    "HARD": ("H", "bold"),
    "INTERMEDIATE": ("I", "green"),
    "WET": ("W", "blue"),
}
_FLAG_STYLES = {"yellow": "black on yellow", "sc": "black on yellow", "vsc": "black on yellow"}
_FLAG_STYLES |= {"red": "white on red"}
#: Below so many columns the chances are left out.
_WIDE = 84


def live(
    recording: Annotated[
        list[Path],
        typer.Argument(
            help="The file the recorder writes; several if it was started again.",
            metavar="RECORDING…",
        ),
    ],
    driver: Annotated[
        str | None,
        typer.Option(
            "--driver", "-d", help="Whose calls are weighed, such as NOR.", metavar="CODE"
        ),
    ] = None,
    speed: Annotated[
        float | None,
        typer.Option(
            "--speed", help="Replay what is there so many times as fast as it was.", metavar="X"
        ),
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Begin at the first lap, without waiting.")
    ] = False,
    once: Annotated[
        bool, typer.Option("--once", help="Print the state at the end of the file, and leave.")
    ] = False,
    give_up: Annotated[
        float | None,
        typer.Option("--give-up", help="Leave when nothing came for so long.", metavar="SECONDS"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print every state as one line of JSON.")
    ] = False,
) -> None:
    """Follow a race that is being recorded: tower, tyres, chances, and what to call next.

    The recording is what [dim]python -m fastf1.livetiming save FILE[/dim] writes.
    [dim]f1lab live FILE --driver NOR[/dim] ends with the session, or with Ctrl-C.
    """
    from f1lab.export import show
    from f1lab.live import follow

    if once and (speed is not None or from_start):
        raise InvalidInput("--once looks at the end only: leave out --speed and --from-start.")
    console = Console()
    drawn = console.is_terminal and not as_json and not once
    states = follow(
        recording,
        driver,
        speed=speed,
        from_start=from_start,
        once=once,
        refresh_s=1.0 if drawn else None,
        give_up_s=give_up,
    )
    if as_json:
        for state in states:
            print(json.dumps(state.to_dict(), ensure_ascii=False), flush=True)
    elif once:
        for state in states:
            show(state)
    elif drawn:
        _draw(console, states)
    else:
        _print(states)


def _draw(console: Console, states: Iterable[LiveState]) -> None:
    """A tower on the terminal that changes in place."""
    waiting = Text("waiting for the recording …", style="dim")
    with Live(waiting, console=console, auto_refresh=False, screen=False) as screen:
        for state in states:
            screen.update(_page(state, console.width), refresh=True)


def _print(states: Iterable[LiveState]) -> None:
    """A few lines for each state, for a file or a pipe."""
    for state in states:
        print(state.title)
        leaders = "  ".join(f"{row.position} {_line(row)}" for row in state.tower[:10])
        print(f"  {leaders}")
        for said in (*state.findings, *_silence(state)):
            print(f"  {said}", flush=True)


def _line(row: LiveRow) -> str:
    letter, _ = _TYRES.get(row.compound, ("?", ""))
    age = "" if row.tyre_age_laps is None else str(row.tyre_age_laps)
    return f"{row.driver} {_gap(row)} {letter}{age}{' ' * bool(_where(row))}{_where(row)}"


def _page(state: LiveState, width: int) -> Group:
    style = _FLAG_STYLES.get(state.flag, "bold")
    said = [Text(f" {state.title} ", style=style)]
    if state.advice is not None:
        said.append(Text(f"after lap {state.advice.lap}: {state.advice.sentence}", style="bold"))
    rest = state.findings[1:] if state.advice is not None else state.findings
    said += [Text(line, style="dim") for line in (*rest, *_silence(state))]
    # the call above the tower: what does not fit on the screen is cut off at the bottom
    first = 1 if state.advice is None else 2
    return Group(*said[:first], _tower(state, width), *said[first:])


def _tower(state: LiveState, width: int) -> Table:
    wide = width >= _WIDE and bool(state.odds)
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    names = ["", "", "gap", "ahead", "tyre", "stops", "last", ""]
    for name in [*names, *(["win", "podium", "points"] if wide else [])]:
        table.add_column(name, justify="left" if name == "" else "right", no_wrap=True)
    odds = {one.driver: one for one in state.odds}
    for row in state.tower:
        own = odds.get(row.driver)
        chances = () if own is None else (own.win, own.podium, own.points)
        me = state.advice is not None and row.driver == state.advice.driver
        table.add_row(
            str(row.position),
            row.driver,
            _gap(row),
            "" if row.gap_ahead_s is None else f"{row.gap_ahead_s:.3f}",
            _tyre(row),
            str(row.stops),
            _lap_time(row.last_lap_s),
            _where(row),
            *([f"{chance:.0%}" for chance in chances] if wide else []),
            style="dim" if row.out else "reverse" if me else "",
        )
    return table


def _tyre(row: LiveRow) -> Text:
    letter, style = _TYRES.get(row.compound, ("?", "dim"))
    age = "" if row.tyre_age_laps is None else f" {row.tyre_age_laps}"
    return Text(f"{letter}{age}", style=style)


def _gap(row: LiveRow) -> str:
    from f1lab.live.state import gap_text

    return gap_text(row)


def _where(row: LiveRow) -> str:
    from f1lab.live.state import where_text

    return where_text(row)


def _lap_time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}:{rest:06.3f}"


def _silence(state: LiveState) -> tuple[str, ...]:
    if not state.silent_s:
        return ()
    return (f"nothing has come for {state.silent_s:.0f} s: is the recorder still running?",)
