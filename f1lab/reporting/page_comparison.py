"""The blocks of a comparison of two drivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab import __version__
from f1lab.reporting.page_parts import (
    Block,
    escaped,
    figure_list,
    frame_table,
    head_row,
    number_cell,
    place,
    refusal_table,
    signed,
)

if TYPE_CHECKING:
    from f1lab.calc.estimate import Estimate
    from f1lab.compare.car_comparison import CarComparison
    from f1lab.compare.driver_comparison import DriverComparison

__all__ = ["car_findings", "colophon", "headline", "profile_table", "refused", "table"]


def headline(comparison: DriverComparison) -> Block:
    """Title and key figures of two drivers."""
    first, second = comparison.profiles
    results = comparison.head_to_head
    pace, quali = comparison.race_pace, comparison.qualifying
    a, b = escaped(comparison.a), escaped(comparison.b)
    figures = [
        ("Grid", " · ".join(f"{escaped(own.driver)} {place(own.grid)}" for own in results)),
        (
            "Flag",
            " · ".join(f"{escaped(own.driver)} {_flag(own.finish, own.status)}" for own in results),
        ),
        ("Race pace", "not told" if pace is None else _estimate(pace.s_per_lap, "s/lap")),
        ("Qualifying", "not told" if quali is None else f"{signed(quali.gap_s, 3)} s"),
        ("Laps both raced", str(comparison.n_laps_compared)),
    ]
    year_event = f"{comparison.year} {comparison.event}"
    return Block(
        f'<header class="headline"><p class="eyebrow">Driver comparison · {escaped(year_event)}</p>'
        f"<h1>{escaped(first.name)} against {escaped(second.name)}</h1>"
        f'<p class="subtitle">{escaped(first.team)}, {escaped(second.team)}. Every difference is '
        f"{a} minus {b}: above zero {a} loses.</p>{figure_list(figures)}</header>"
    )


def table(comparison: DriverComparison | CarComparison, title: str) -> Block:
    """One table of the comparison by its title; nothing where it has none."""
    tables = comparison.tables()
    return frame_table(tables[title]) if title in tables else Block("")


def profile_table(comparison: DriverComparison) -> Block:
    """Both profiles side by side, one row a figure."""
    from f1lab.export.cells import columns_of, turned

    rows = comparison.tables()["Profiles"]
    columns = turned(columns_of(rows))
    heads = head_row(*(f"n:{c.heading}" if c.number else "" for c in columns))
    body = "".join(
        "<tr>"
        + "".join(
            number_cell(escaped(cell)) if column.number else f"<td>{escaped(cell)}</td>"
            for column, cell in zip(columns, cells, strict=True)
        )
        + "</tr>"
        for cells in zip(*(column.cells for column in columns), strict=True)
    )
    return Block(f'<table class="plain">{heads}<tbody>{body}</tbody></table>')


def car_findings(cars: CarComparison) -> Block:
    """What the telemetry says; each sentence a paragraph."""
    return Block("".join(f"<p>{escaped(text)}</p>" for text in cars.findings))


def refused(*comparisons: DriverComparison | CarComparison) -> Block:
    """What this weekend could not tell, and why."""
    reasons = {what: why for one in comparisons for what, why in one.refusals.items()}
    return refusal_table(reasons, "Nothing that was asked had to be refused.")


def colophon(comparison: DriverComparison) -> Block:
    """What made the page."""
    return Block(
        f'<p class="colophon">Made with f1lab {escaped(__version__)} from '
        f"{escaped(comparison.source)} timing; {escaped(comparison.circuit)}, round "
        f"{comparison.round} of {comparison.year}.</p>"
    )


def _flag(finish: int | None, status: str) -> str:
    return place(finish) if finish is not None else escaped(status.lower())


def _estimate(value: Estimate, unit: str) -> str:
    half = (value.high - value.low) / 2
    return f"{signed(value.value, 2)} ± {half:.2f} {unit}"
