"""The programme over stints: brute force agrees, for every compound set and every rule."""

from __future__ import annotations

from itertools import combinations, islice, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lab.strategy.programme import (
    N_COMPOUNDS,
    Opening,
    Programme,
    TyreRules,
    stint_costs,
)

N_LAPS = 5
COMPOUND_SETS = [
    chosen
    for size in range(1, N_COMPOUNDS + 1)
    for chosen in combinations(range(N_COMPOUNDS), size)
]


def allowed(order, used, stops, rules):
    """The rules, written down a second time."""
    everything = [*used, *order]
    if rules.sets is not None and any(everything.count(c) > rules.sets[c] for c in order):
        return False
    if any(c > 2 for c in everything):  # a wet race asks for nothing
        return True
    if rules.two_compounds and len(set(everything)) < 2:
        return False
    return stops >= rules.stops_needed


def brute_force(stint_s, stop_s, rules, compounds, opening=None):
    """The least cost of each order of compounds, plan by plan."""
    n_laps = stint_s.shape[-1]
    best = {}
    for n_stops in range(n_laps):
        for cuts in combinations(range(n_laps - 1), n_stops):
            edges = [*cuts, n_laps - 1]
            for order in product(compounds, repeat=n_stops + 1):
                if opening is not None and order[0] != opening.compound:
                    continue
                used = [] if opening is None else list(opening.used)
                new = order if opening is None else order[1:]
                made = n_stops + (0 if opening is None else opening.stops)
                if not allowed(new, used, made, rules):
                    continue
                first = stint_s[order[0], 0, edges[0]]
                cost = first if opening is None else opening.cost_s[0, edges[0]]
                for before, last, c in zip(edges, edges[1:], order[1:], strict=False):
                    cost += stop_s[before] + stint_s[c, before + 1, last]
                if np.isfinite(cost):
                    best[order] = min(best.get(order, np.inf), cost)
    return best


def random_race(seed, compounds):
    rng = np.random.default_rng(seed)
    cost = np.full((1, N_LAPS, N_COMPOUNDS, N_LAPS), np.inf)
    for c in compounds:
        cost[0, :, c] = np.cumsum(rng.random((N_LAPS, N_LAPS)), axis=-1)
    wears = rng.random(N_LAPS) > 0.2
    oldest = rng.integers(2, N_LAPS + 1, N_COMPOUNDS)
    shortest = int(rng.integers(1, 3))
    free = rng.random(N_LAPS) < 0.15
    stop = rng.uniform(0.0, 4.0, N_LAPS) * ~free
    return stint_costs(cost, wears, oldest, shortest_laps=shortest, free=free), stop[None], rng


@pytest.mark.parametrize("compounds", COMPOUND_SETS)
@pytest.mark.parametrize("two", [True, False])
@pytest.mark.parametrize("stops_needed", [0, 2])
@pytest.mark.parametrize("limited", [True, False])
def test_the_orders_come_out_as_brute_force_ranks_them(compounds, two, stops_needed, limited):
    stint, stop, rng = random_race(len(compounds) * 7 + stops_needed, compounds)
    sets = tuple(int(n) for n in rng.integers(1, 3, N_COMPOUNDS)) if limited else None
    rules = TyreRules(two_compounds=two, stops_needed=stops_needed, sets=sets)
    expected = brute_force(stint[0], stop[0], rules, compounds)
    found = list(islice(Programme(stint, stop, rules).best(), 25))
    ranked = sorted(expected.values())[:25]
    assert [plan.cost_s for plan in found] == pytest.approx(ranked, abs=1e-8)
    assert len({plan.compounds for plan in found}) == len(found)
    for plan in found:
        assert plan.cost_s == pytest.approx(expected[plan.compounds], abs=1e-8)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    compounds=st.sets(st.sampled_from(range(N_COMPOUNDS)), min_size=2, max_size=3),
    stops=st.integers(0, 2),
    needed=st.integers(0, 2),
)
def test_going_on_from_a_lap_equals_brute_force(seed, compounds, stops, needed):
    stint, stop, rng = random_race(seed, compounds)
    on = int(rng.choice(sorted(compounds)))
    used = tuple({on, int(rng.choice(sorted(compounds)))})
    staying = np.cumsum(rng.random(N_LAPS))[None]
    rules = TyreRules(stops_needed=needed, sets=(2, 2, 2, 2, 2))
    opening = Opening(on, staying, used, stops)
    expected = brute_force(stint[0], stop[0], rules, sorted(compounds), opening)
    programme = Programme(stint, stop, rules, opening)
    found = list(islice(programme.best(), 12))
    assert [p.cost_s for p in found] == pytest.approx(sorted(expected.values())[:12], abs=1e-8)
    least = min(expected.values(), default=np.inf)
    assert programme.least_s()[0] == pytest.approx(least, abs=1e-9)


@pytest.mark.parametrize("compounds", COMPOUND_SETS)
def test_a_schedule_costs_what_it_says(compounds):
    stint, stop, _ = random_race(3, compounds)
    rules = TyreRules(two_compounds=False)
    for plan in islice(Programme(stint, stop, rules).best(), 10):
        edges = [-1, *plan.last_laps]
        stints = zip(plan.compounds, edges, edges[1:], strict=False)
        driven = sum(stint[0, c, first + 1, last] for c, first, last in stints)
        stopped = sum(stop[0, last] for last in plan.last_laps[:-1])
        assert plan.cost_s == pytest.approx(driven + stopped, abs=1e-8)


def test_the_least_cost_is_exact_under_each_draw():
    rng = np.random.default_rng(5)
    cost = np.cumsum(rng.random((4, 6, 5, 6)), axis=-1)
    stop = rng.uniform(0, 3, (4, 6))
    stint = stint_costs(cost, np.ones(6, dtype=bool), [9] * 5)
    together = Programme(stint, stop, TyreRules()).least_s()
    alone = [
        Programme(stint[i : i + 1], stop[i : i + 1], TyreRules()).least_s()[0] for i in range(4)
    ]
    assert together == pytest.approx(alone)


def test_a_stop_is_free_where_the_race_is_stopped():
    """A red flag: everybody changes tyres, however short the stint was."""
    cost = np.broadcast_to(np.arange(10.0), (1, 10, 5, 10))
    free = np.zeros(10, dtype=bool)
    free[1] = True
    stop = np.full((1, 10), 30.0) * ~free
    stint = stint_costs(cost, np.ones(10, dtype=bool), [99] * 5, shortest_laps=4, free=free)
    best = next(Programme(stint, stop, TyreRules()).best())
    assert best.last_laps == (1, 9)
    assert best.cost_s == pytest.approx(sum(range(2)) + sum(range(8)))


def test_no_plan_when_the_rules_cannot_be_met():
    cost = np.zeros((1, 6, 5, 6))
    stint = stint_costs(cost, np.ones(6, dtype=bool), [9] * 5)
    stop = np.ones((1, 6))
    assert not list(Programme(stint, stop, TyreRules(sets=(1, 0, 0, 0, 0))).best())
    assert Programme(stint, stop, TyreRules(sets=(1, 0, 0, 0, 0))).least_s()[0] == np.inf
    two_stops = TyreRules(stops_needed=2, sets=(1, 1, 1, 0, 0))
    assert len(next(Programme(stint, stop, two_stops).best()).compounds) == 3


@pytest.mark.parametrize("most_stops", [0, 1, 2])
@pytest.mark.parametrize("compounds", COMPOUND_SETS[5:])
def test_a_limit_on_stops_is_exact_too(compounds, most_stops):
    stint, stop, _ = random_race(11, compounds)
    rules = TyreRules(two_compounds=False)
    expected = brute_force(stint[0], stop[0], rules, compounds)
    allowed_costs = sorted(c for order, c in expected.items() if len(order) <= most_stops + 1)
    found = list(islice(Programme(stint, stop, rules).best(most_stops=most_stops), 15))
    assert [plan.cost_s for plan in found] == pytest.approx(allowed_costs[:15], abs=1e-8)
