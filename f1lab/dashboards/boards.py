"""Tables that only the dashboards show: the league, the crowd, teams by cause and their work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.autopsy.examine import fingerprint
from f1lab.autopsy.season import SEASON_CATEGORIES, summed
from f1lab.compare.laps import race_view
from f1lab.compare.reliability import race_record, reliability
from f1lab.compare.stops import crew_time
from f1lab.dashboards.pages import link
from f1lab.dashboards.query import DEMO
from f1lab.data.cache import Key, cached
from f1lab.data.source import load_demo
from f1lab.errors import NotEnoughLaps, UnknownName
from f1lab.league import Leaderboard
from f1lab.reporting.page_parts import (
    Block,
    escaped,
    figure_list,
    frame_table,
    head_row,
    number_cell,
    place,
    signed,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.autopsy.season import SeasonBlame
    from f1lab.calc.estimate import Estimate
    from f1lab.compare.reliability import Record
    from f1lab.compare.stops import CrewTime
    from f1lab.dashboards.query import Query
    from f1lab.data.schema import Weekend
    from f1lab.league import League, OptimalStrategy, Standings
    from f1lab.strategy import StrategyReport

__all__ = [
    "by_team",
    "crowd",
    "leaderboard_table",
    "pit_table",
    "race_board",
    "race_crowd",
    "reliability_table",
    "season_board",
    "standings_table",
    "strategy_tables",
    "strategy_title",
    "team_table",
    "teams_title",
]

#: Rows of a leaderboard that are shown.
_ROWS = 50
#: Raise it when what a record counts changes.
_RECORD_VERSION = 1


def race_board(league: League, query: Query) -> Block:
    """The leaderboard of the race, the season or everything that was asked for."""
    year, event = _asked(query)
    try:
        board = league.top(year, event, query.driver, _ROWS)
    except UnknownName:  # nobody has handed in a run of this race
        board = Leaderboard("", ())
    return leaderboard_table(board)


def race_crowd(league: League, query: Query) -> Block:
    """What the good runs of the race that was asked for agree on; nothing without a race."""
    year, event = _asked(query)
    return Block("") if year is None or event is None else crowd(league.optimal(year, event))


def season_board(league: League, query: Query) -> Block:
    """The standings of the season that was asked for; nothing without one."""
    year, _ = _asked(query)
    return Block("") if year is None else standings_table(league.standings(year))


def leaderboard_table(board: Leaderboard) -> Block:
    """Every player's best runs, best first, with a way into the same race."""
    if not board.rows:
        return Block(
            '<p class="missing">No run counts here yet. Drive one in the '
            f'<a href="{link("simulator")}">simulator</a> and hand it in.</p>'
        )
    demo = load_demo()
    rows = "".join(
        f"<tr>{number_cell(row.place)}<th scope='row'>{escaped(row.user)}</th>"
        f"{number_cell(f'{row.iq:.1f}')}"
        f"{number_cell('' if row.wall_iq is None else f'{row.wall_iq:.1f}')}"
        f"<td>{escaped(row.driver)}</td>{number_cell(place(row.position))}"
        f"{number_cell(place(row.real_position))}"
        f'<td><a href="{escaped(link("simulator", **_race(row.year, row.event, demo), driver=row.driver))}">'
        f"{escaped(row.event.removesuffix(' Grand Prix'))} {row.year}</a></td></tr>"
        for row in board.rows
    )
    head = head_row(
        "n:", "Player", "n:IQ", "n:Pit wall", "Car", "n:Finish", "n:Really", "Play it yourself"
    )
    return Block(
        f'<div class="wide"><table class="board">{head}<tbody>{rows}</tbody></table></div>'
    )


def standings_table(standings: Standings) -> Block:
    """Points of every race's leaderboard over a season."""
    if not standings.rows:
        return Block("")
    rows = "".join(
        f"<tr>{number_cell(row.place)}<th scope='row'>{escaped(row.user)}</th>"
        f"{number_cell(row.points)}{number_cell(row.wins)}{number_cell(row.races)}"
        f"{number_cell(f'{row.mean_iq:.1f}')}</tr>"
        for row in standings.rows
    )
    head = head_row("n:", "Player", "n:Points", "n:Wins", "n:Races", "n:Mean IQ")
    return Block(
        f'<h2>Season {standings.year}</h2><table class="board">{head}<tbody>{rows}</tbody></table>'
    )


def crowd(model: OptimalStrategy) -> Block:
    """What the good runs of a race agree on, beside what the real pit walls did."""
    share, gap = model.stops_share, model.undercut_s
    figures = [
        ("Good runs", f"{model.runs} by {model.players}"),
        ("Stops", f"{model.stops} ({share.value:.0%})"),
        ("Undercut works from", "not told" if gap is None else f"{max(gap.value, 0):.1f} s"),
    ]
    rows = "".join(
        f"<tr>{number_cell(window.stop)}{number_cell(f'{window.first_lap}–{window.last_lap}')}"
        f"{number_cell(_numbers(window.lap, 0))}{number_cell(f'{window.confidence:.0%}')}"
        f"<td>{_compounds(model, window.stop)}</td></tr>"
        for window in model.windows
    )
    head = head_row("n:Stop", "n:Window", "n:Middle", "n:Confidence", "Tyres")
    said = (
        "" if model.runs else "<p>Nobody’s good runs yet: this is what the real pit walls did.</p>"
    )
    refused = "".join(f'<p class="missing">{escaped(why)}</p>' for why in model.refusals.values())
    return Block(
        f"<h2>What the good runs agree on</h2>{said}{figure_list(figures)}"
        f'<table class="plain">{head}<tbody>{rows}</tbody></table>{refused}'
    )


def teams_title(weekend: Weekend) -> Block:
    """Which race, and how the table below it is read."""
    where = escaped(f"{weekend.year} {weekend.event}")
    return Block(
        f'<header class="headline"><p class="eyebrow">Constructors · {where}</p>'
        "<h1>What cost which team the time</h1></header>"
    )


def strategy_title(plans: StrategyReport) -> Block:
    """Who plans when, and the plan recommended."""
    moment = f"after lap {plans.at_lap} of {plans.n_laps}" if plans.at_lap else "before the race"
    first, *rest = plans.findings
    more = "".join(f"<p>{escaped(text)}</p>" for text in rest)
    return Block(
        f'<header class="headline"><p class="eyebrow">Strategy · {escaped(f"{plans.year} {plans.event}")}</p>'
        f"<h1>The best plan for {escaped(plans.driver)}, {moment}</h1></header>"
        f'<p class="verdict">{escaped(first)}</p>{more}'
    )


def strategy_tables(plans: StrategyReport) -> Block:
    """Plans, pit windows, undercuts and safety-car calls, each under its title."""
    tables = "".join(
        f'<h2>{escaped(title)}</h2><div class="wide">{frame_table(frame).html}</div>'
        for title, frame in plans.tables().items()
    )
    races = (
        f"Every plan was driven in {plans.n} simulated races; regret is in {escaped(plans.unit)}."
    )
    return Block(f'{tables}<p class="colophon">{races}</p>')


def by_team(season: SeasonBlame) -> SeasonBlame:
    """The same drives, told by constructor: medians and sums over both cars of a team."""
    frame = season.frame.assign(driver=season.frame["team"])
    return summed(frame, season.reference, dict(season.refusals), season.sources)


def team_table(teams: SeasonBlame) -> Block:
    """Every team's median seconds by cause, the 90 % interval below."""
    ends = teams.frame.groupby("driver")["to_the_end"].sum()
    rows = "".join(
        f'<tr><th scope="row">{escaped(team)}</th>{number_cell(int(ends[team]))}'
        f"{number_cell(signed(own['gap'].value, 1))}"
        + "".join(
            f'<td class="n">{signed(own[name].value, 1)}<br><small>'
            f"{signed(own[name].low, 1)} to {signed(own[name].high, 1)}</small></td>"
            for name in SEASON_CATEGORIES
        )
        + "</tr>"
        for team, own in teams.per_race.items()
    )
    heads = (f"n:{label}" for label in SEASON_CATEGORIES.values())
    head = head_row("Team", "n:Drives", "n:Gap [s]", *heads)
    return Block(
        f'<div class="wide"><table class="season">{head}<tbody>{rows}</tbody></table></div>'
    )


def pit_table(weekend: Weekend) -> Block:
    """Every crew's tyre stops against the usual one of the race, quickest crew first."""
    view = race_view(weekend)
    work: dict[str, CrewTime] = {}
    idle: dict[str, list[str]] = {}
    for team, cars in _teams(weekend, view.laps.drivers).items():
        try:
            work[team] = crew_time(view, cars)
        except NotEnoughLaps as reason:
            idle.setdefault(str(reason), []).append(team)
    notes = "".join(
        f'<p class="missing">{escaped(", ".join(teams) + ": " + reason if work else reason)}</p>'
        for reason, teams in idle.items()
    )
    if not work:
        return Block(notes)
    rows = "".join(
        f'<tr><th scope="row">{escaped(team)}</th>{number_cell(own.n_stops)}'
        f"{number_cell(signed(own.lost_s, 1))}{number_cell(signed(own.quickest_s, 1))}"
        f"{number_cell(signed(own.slowest_s, 1))}{number_cell(_numbers(own.crew_s, 2))}</tr>"
        for team, own in sorted(work.items(), key=lambda item: item[1].lost_s / item[1].n_stops)
    )
    heads = ("Crew", "n:Stops", "n:Lost [s]", "n:Quickest [s]", "n:Slowest [s]", "n:Next stop [s]")
    usual = " or ".join(dict.fromkeys(own.usual for own in work.values()))
    return Block(
        f'<p>Held against the usual {escaped(usual)} of this race.</p><div class="wide"><table class="plain crews">{head_row(*heads)}'
        f"<tbody>{rows}</tbody></table></div>{notes}"
    )


def reliability_table(weekends: Sequence[Weekend], n_at_hand: int) -> Block:
    """Who did not see the flag in these races, of so many, and what that says of the next start."""
    records = [_record(weekend) for weekend in weekends]
    teams = sorted({team for starts, _ in records for team in starts})
    found = {team: reliability(records, team) for team in teams}
    rows = "".join(
        f'<tr><th scope="row">{escaped(team)}</th>{number_cell(own.n_starts)}'
        f"{number_cell(own.n_retired or '–')}{number_cell(_percent(own.p_retire))}</tr>"
        for team, own in sorted(found.items(), key=lambda item: item[1].p_retire.value)
    )
    head = head_row("Team", "n:Starts", "n:Did not finish", "n:Chance at the next start")
    races = f"{len(weekends)} race{'s' * (len(weekends) != 1)} of {weekends[0].year}"
    more = (
        f", of {n_at_hand} at hand: a race counts once it was opened here, and "
        f'<a href="{link("season", year=weekends[0].year)}">the season</a> opens all'
        if n_at_hand > len(weekends)
        else ""
    )
    return Block(
        f'<p>From {races}{more}.</p><div class="wide"><table class="plain crews">{head}'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _record(weekend: Weekend) -> Record:
    """Starts and retirements of a race; kept, because reading them off fits the race."""
    entity = f"record-{fingerprint(weekend)}"
    key = Key("computed", weekend.year, weekend.event, "R", entity)
    return cached(key, lambda: race_record(race_view(weekend)), schema_version=_RECORD_VERSION)


def _teams(weekend: Weekend, ran: Sequence[str]) -> dict[str, list[str]]:
    """Cars that completed a lap, by team, in the order of the results."""
    teams: dict[str, list[str]] = {}
    results = weekend.race.results
    for team, code in zip(results["team"], results["driver"], strict=True):
        if code in ran:
            teams.setdefault(str(team), []).append(str(code))
    return teams


def _asked(query: Query) -> tuple[int | None, str | None]:
    """Season and event as the league knows them."""
    if not query.demo:
        return query.year, query.event
    demo = load_demo()
    return demo.year, demo.event


def _race(year: int, event: str, demo: Weekend) -> dict[str, object]:
    """A race as an address names it."""
    if (year, event) == (demo.year, demo.event):
        return {"year": DEMO}
    return {"year": year, "event": event}


def _compounds(model: OptimalStrategy, stop: int) -> str:
    fitted = [one for one in model.compounds if one.stop == stop]
    return ", ".join(f"{escaped(one.compound.lower())} {one.share.value:.0%}" for one in fitted)


def _numbers(found: Estimate, decimals: int) -> str:
    plain = decimals == 0
    written = [
        f"{value:.0f}" if plain else signed(value, decimals)
        for value in (found.value, found.low, found.high)
    ]
    return f"{written[0]} <small>{written[1]} to {written[2]}</small>"


def _percent(found: Estimate) -> str:
    return f"{found.value:.0%} <small>{found.low:.0%} to {found.high:.0%}</small>"
