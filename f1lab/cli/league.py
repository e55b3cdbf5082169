"""``f1lab league`` and ``f1lab optimal``: who leads, handing in runs, what the good ones agree on."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from f1lab.cli.shared import USAGE_ERROR, FastF1Cache, JsonFlag, fail, plain_table
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from rich.table import Table

    from f1lab.league import Leaderboard, League, OptimalStrategy, Standings

app = typer.Typer(help="The league of the race simulator.")

#: A run is a few kilobytes; nothing larger is read [bytes].
_LARGEST_RUN = 1_000_000

Where = Annotated[
    str | None,
    typer.Option(
        "--league",
        help="SQLAlchemy URL or SQLite file; default: F1LAB_DATABASE_URL.",
        metavar="URL",
    ),
]
File = Annotated[Path, typer.Argument(help="League file.", metavar="FILE")]


@app.command()
def top(
    event: Annotated[str | None, typer.Argument(help="Event by name.", metavar="EVENT")] = None,
    year: Annotated[int | None, typer.Argument(help="Season.", metavar="YEAR")] = None,
    driver: Annotated[
        str | None, typer.Option("--driver", "-d", help="Runs of one car.", metavar="DRIVER")
    ] = None,
    season: Annotated[
        int | None, typer.Option("--season", help="Standings of a season.", metavar="YEAR")
    ] = None,
    n: Annotated[int, typer.Option("-n", help="Rows shown.", metavar="N", min=1)] = 20,
    league: Where = None,
    as_json: JsonFlag = False,
) -> None:
    """Show the leaderboard, of a race or of all, or a season's standings.

    [dim]f1lab league top Monaco 2023[/dim] or [dim]f1lab league top --season 2023[/dim]
    """
    with _opened(league) as held:
        if season is not None:
            if event is not None or year is not None or driver is not None:
                raise InvalidInput("--season is asked for alone: leave EVENT, YEAR and --driver.")
            standings = held.standings(season)
            _show(standings.to_dict(), _standings_table(standings), as_json=as_json)
            return
        board = held.top(year, event, driver, n)
    _show(board.to_dict(), _board_table(board), as_json=as_json)
    if board.rows and not as_json:
        print("wall: the real pit wall’s IQ in the same car; (P…): where it really finished")


@app.command()
def submit(
    file: Annotated[Path, typer.Argument(help="Simulation.to_dict() as JSON.", metavar="FILE")],
    user: Annotated[str, typer.Option("--user", "-u", help="Whose run it is.", metavar="NAME")],
    league: Where = None,
    fastf1_cache: FastF1Cache = None,
    as_json: JsonFlag = False,
) -> None:
    """Hand in a run: it is driven again, and counts when it comes out as it says."""
    run = _run_of(file)
    with _opened(league, fastf1_cache) as held:
        done = held.submit(run, user)
    _show(done.to_dict(), str(done), as_json=as_json)


@app.command()
def export(file: File, league: Where = None) -> None:
    """Write all runs of the league to one file."""
    with _opened(league) as held:
        written = held.export(file)
    print(f"{written} {'run' if written == 1 else 'runs'} written to {file}.")


@app.command("import")
def import_(
    file: File, league: Where = None, fastf1_cache: FastF1Cache = None, as_json: JsonFlag = False
) -> None:
    """Add the runs of a league file; each is driven again before it counts."""
    with _opened(league, fastf1_cache) as held:
        report = held.import_(file)
    _show(report.to_dict(), str(report), as_json=as_json)
    for reason in report.refused:
        fail(reason)
    if report.refused:
        raise typer.Exit(USAGE_ERROR)


def optimal(
    event: Annotated[str, typer.Argument(help="Event by name, or demo.", metavar="EVENT")],
    year: Annotated[int | None, typer.Argument(help="Season.", metavar="YEAR")] = None,
    league: Where = None,
    fastf1_cache: FastF1Cache = None,
    as_json: JsonFlag = False,
) -> None:
    """What the good runs of a race agree on: pit windows, compounds, undercut.

    [dim]f1lab optimal Monaco 2023[/dim]
    """
    if year is None:
        year = _demo_year(event)
    with _opened(league, fastf1_cache) as held:
        answer = held.optimal(year, event)
    if as_json:
        _show(answer.to_dict(), "", as_json=True)
        return
    console = Console()
    for part in _optimal_parts(answer):
        console.print(part)


def _demo_year(event: str) -> int:
    from f1lab.data import load_demo

    if event.casefold() != "demo":
        raise InvalidInput(f"YEAR is missing: write f1lab optimal {event!r} 2023, say.")
    return load_demo().year


def _opened(league: str | None, fastf1_cache: Path | None = None) -> League:
    from f1lab.league import League

    if fastf1_cache is None:
        return League(league)

    from f1lab.league.referee import load_race

    return League(league, load=partial(load_race, fastf1_cache=fastf1_cache))


def _run_of(file: Path) -> dict[str, Any]:
    if file.stat().st_size > _LARGEST_RUN:
        raise InvalidInput(f"{file} is larger than any run; give Simulation.to_dict() as JSON.")
    try:
        run = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{file} holds no JSON: {error}.") from error
    if not isinstance(run, dict):
        raise InvalidInput(f"{file} holds no run; give Simulation.to_dict() as JSON.")
    return run


def _show(values: dict[str, Any], shown: Table | str, *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False))
    elif isinstance(shown, str):
        print(shown)
    else:
        Console().print(shown)


def _board_table(board: Leaderboard) -> Table | str:
    if not board.rows:
        return f"No run counts in {board.title} yet."
    table = plain_table("#", "player", "IQ", "wall", "car", "finish", "race", numbers=False)
    for row in board.rows:
        finish = "–" if row.position is None else f"P{row.position}"
        real = "" if row.real_position is None else f" (P{row.real_position})"
        wall = "" if row.wall_iq is None else f"{row.wall_iq:.1f}"
        table.add_row(
            *(str(row.place), row.user, f"{row.iq:.1f}", wall, row.driver, f"{finish}{real}"),
            f"{row.event} {row.year}",
        )
    return table


def _standings_table(standings: Standings) -> Table | str:
    if not standings.rows:
        return f"No run counts in {standings.year} yet."
    table = plain_table("#", "player", "points", "wins", "races", "mean IQ", numbers=False)
    for row in standings.rows:
        table.add_row(
            *(str(row.place), row.user, str(row.points), str(row.wins), str(row.races)),
            f"{row.mean_iq:.1f}",
        )
    return table


def _optimal_parts(answer: OptimalStrategy) -> list[Table | str]:
    """Title, windows, compounds, undercut and what stands behind them."""
    basis = (
        f"{answer.runs} good runs by {answer.players} players, worth {answer.votes:.1f} votes, "
        "beside the real pit walls’ four"
        if answer.runs
        else "nobody’s good runs yet: what the real pit walls did"
    )
    share = answer.stops_share
    parts: list[Table | str] = [
        f"[bold]{answer.event} {answer.year}[/bold], {answer.n_laps} laps: {basis}",
        f"Stops: {answer.stops} ({share.value:.0%} of them, 90 %: {share.low:.0%}–{share.high:.0%})",
    ]
    if answer.windows:
        parts += ["", _windows_table(answer)]
    parts.append(f"Undercut: {_undercut_line(answer)}")
    return parts


def _undercut_line(answer: OptimalStrategy) -> str:
    gap = answer.undercut_s
    if gap is None:
        return answer.refusals["undercut_s"]
    doubt = f"90 %: {gap.low:+.1f} to {gap.high:+.1f} s; {answer.undercuts_tried} tried"
    if gap.value <= 0:
        return f"does not make up any gap here ({doubt})"
    return f"works half the time from {gap.value:.1f} s behind ({doubt})"


def _windows_table(answer: OptimalStrategy) -> Table:
    table = plain_table("stop", "window", "middle", "90 %", "confidence", "compounds")
    for window in answer.windows:
        fitted = [one for one in answer.compounds if one.stop == window.stop]
        table.add_row(
            str(window.stop),
            f"{window.first_lap}–{window.last_lap}",
            f"lap {window.lap.value:.0f}",
            f"{window.lap.low:.0f}–{window.lap.high:.0f}",
            f"{window.confidence:.0%}",
            ", ".join(f"{one.compound} {one.share.value:.0%}" for one in fitted),
        )
    return table
