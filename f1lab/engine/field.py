"""A field from a weekend: what was known at a moment, and no more.

:func:`from_weekend` builds the :class:`~f1lab.engine.inputs.RaceField` of a race as of one of
three moments:

- *pre-race*: the grid, qualifying and earlier races; no lap of the race itself;
- *lap k*: what a pit wall knows as the leader ends lap k;
- *hindsight*: the race's own fit, real stops, real flags and weather; luck left to chance.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import require_weekend
from f1lab.engine.field_hindsight import hindsight_field
from f1lab.engine.field_midrace import midrace_field
from f1lab.engine.field_prerace import Known, prerace_field
from f1lab.engine.forecast import Forecast
from f1lab.engine.form import require_earlier
from f1lab.engine.priors import load_engine_priors
from f1lab.errors import InvalidInput, whole_number
from f1lab.racemodel import RaceModel, load_priors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.data.schema import Weekend
    from f1lab.engine.form import PaceRecord
    from f1lab.engine.inputs import RaceField
    from f1lab.engine.priors import EnginePriors
    from f1lab.racemodel import Priors

__all__ = ["from_weekend"]


def from_weekend(  # noqa: PLR0913  (each argument is one thing that may be known)
    weekend: Weekend,
    as_of: str | int = "pre-race",
    *,
    history: Sequence[PaceRecord] | None = None,
    priors: Priors | None = None,
    engine_priors: EnginePriors | None = None,
    forecast: Forecast | None = None,
    model: RaceModel | None = None,
    n_laps: int | None = None,
    n_draws: int = 100,
    seed: int = 0,
) -> RaceField:
    """Build the field of a race.

    Parameters
    ----------
    weekend : Weekend
    as_of : {"pre-race", "hindsight"} or int
        Moment: before the start, with the whole race known, or at the end of a leader's lap.
    history : sequence of PaceRecord, optional
        What earlier races showed (:func:`f1lab.engine.forecast.pace_records`), in any order;
        without it pace is forecast from the grid and qualifying alone. Hindsight needs none.
    priors : Priors, optional
        Of the race model; the shipped tables by default.
    engine_priors : EnginePriors, optional
        The shipped tables by default. A backtest gives tables measured on training races only.
    forecast : Forecast, optional
        The pace forecast; by default the one that came with the engine priors.
    model : RaceModel, optional
        The race's fit, if it is at hand; only hindsight may use it.
    n_laps : int, optional
        Race distance, where another than the scheduled one has been announced [laps]. Hindsight
        knows how far the race went.
    n_draws : int
        Draws of the lap-time model [-].
    seed : int
        Seed of the draws.

    Returns
    -------
    RaceField
        Cars in grid order. Before the flag: every car with a place on the grid, over the
        scheduled distance. Hindsight: cars with a lap, over the distance really run.

    Raises
    ------
    InvalidInput
        ``as_of`` is neither a moment nor a lap with a race left to run, a record of ``history``
        is not of an earlier race, ``forecast`` was fitted on this race or a later one, or
        ``model`` is given to a field that may not know it.
    NoData
        The race has no starters.
    """
    require_weekend(weekend)
    if not isinstance(as_of, str):
        if isinstance(as_of, bool) or not isinstance(as_of, (int, np.integer)):
            raise InvalidInput(
                f"as_of={as_of!r} is no moment of a race; give 'pre-race', 'hindsight' or a lap."
            )
        as_of = int(as_of)
    n_draws, seed = whole_number("n_draws", n_draws, 1), whole_number("seed", seed)
    tables = engine_priors or load_engine_priors()
    if as_of == "hindsight":
        fitted = model or RaceModel.of(weekend, priors)
        return hindsight_field(weekend, fitted, tables, n_draws, seed)
    if model is not None:
        raise InvalidInput(
            f"model= knows the whole race, which a field as of {as_of!r} may not; leave it out."
        )
    known = Known(
        priors or load_priors(),
        tables,
        _forecast(weekend, forecast, tables),
        tuple(history or ()),
        None if n_laps is None else whole_number("n_laps", n_laps, 2),
    )
    require_earlier(known.history, weekend)
    if as_of == "pre-race":
        return prerace_field(weekend, known, n_draws, seed)
    if isinstance(as_of, str):
        raise InvalidInput(
            f"as_of={as_of!r} is no moment of a race; give 'pre-race', 'hindsight' or a lap."
        )
    return midrace_field(weekend, as_of, known, n_draws, seed)


def _forecast(weekend: Weekend, given: Forecast | None, tables: EnginePriors) -> Forecast:
    """Take the forecast given, if it was fitted before the race, or the one of the tables."""
    if given is None:
        if tables.forecast is None:
            raise InvalidInput(
                "these engine priors carry no pace forecast, which a field before the flag "
                "needs; give forecast=, or calibrate them with f1lab.engine.calibrate."
            )
        return Forecast.from_dict(tables.forecast)
    if given.until >= (weekend.year, weekend.round):
        raise InvalidInput(
            f"the forecast was fitted on races until {given.until[0]} round {given.until[1]}, "
            f"and the {weekend.year} {weekend.event} is round {weekend.round}: it knows this "
            "race; fit it on earlier ones only."
        )
    return given
