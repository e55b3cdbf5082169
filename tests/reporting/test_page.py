"""The words and numbers of a report."""

from __future__ import annotations

import copy
import re

import pytest

import f1lab
from f1lab.errors import NoData
from f1lab.reporting import page, page_laps
from f1lab.reporting.page_parts import ordinal

CATEGORY = {
    "seconds": 1.0,
    "low_s": 0.5,
    "high_s": 1.5,
    "share": 0.2,
    "positions": 0,
    "evidence": [],
}
FACTS = {
    "year": 2024,
    "round": 1,
    "event": "Some & Grand Prix",
    "circuit": "Some Park",
    "source": "demo",
    "driver": "AAA",
    "driver_name": "A <b>A",
    "team": "Team",
    "reference": "BBB",
    "reference_name": "B B",
    "status": "Finished",
    "classified": True,
    "grid": 1,
    "finish": 2,
    "laps_compared": 3,
    "gap_s": 5.5,
    "categories": {
        "car_pace": CATEGORY
        | {
            "label": "Car pace",
            "seconds": 6.0,
            "positions": 1,
            "evidence": [
                {"text": "slower", "laps": [1, 2, 3, 5], "seconds": 6.0},
                {"text": "already says laps 1–3", "laps": [1, 2, 3], "seconds": 0.0},
            ],
        },
        "incidents": CATEGORY | {"label": "Incidents", "seconds": -1.0, "share": -0.1},
    },
    "unexplained_s": 0.5,
    "unexplained": {"low_s": -1.0, "high_s": 2.0},
    "pit_split": {"crew": None, "lane": None, "stops": []},
    "verdict": "A < B",
    "timeline": [
        {"lap": 1, "kind": "start", "text": "Started <1st>", "seconds": None, "position": 1},
        {"lap": 2, "kind": "stop", "text": "Stopped", "seconds": 20.25, "position": None},
    ],
    "quality": [{"kind": "lap_time_missing", "where": "AAA 2", "count": 1, "action": "derived"}],
}


class Report:
    """Anything with ``to_dict()``."""

    def __init__(self, **changes):
        self.facts = copy.deepcopy(FACTS) | changes

    def to_dict(self):
        return self.facts


@pytest.fixture(scope="module")
def weekend(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        return f1lab.load_demo()


def words(block):
    return " ".join(re.sub(r"<[^>]+>", " ", block.html).split())


def test_names_from_the_data_cannot_become_markup(weekend):
    blocks = [
        page.headline(Report(), weekend),
        page.verdict(Report()),
        page.timeline(Report()),
        page.category_table(Report()),
    ]
    html = "".join(block.html for block in blocks)
    assert "A &lt;b&gt;A" in html
    assert "Some &amp; Grand Prix" in html
    assert "A &lt; B" in html
    assert "Started &lt;1st&gt;" in html


def test_the_headline_says_where_he_started_and_ended(weekend):
    assert "1st on the grid, 2nd at the flag; 5.500 s behind B B after 3 laps" in words(
        page.headline(Report(), weekend)
    )


def test_a_winner_has_found_the_time(weekend):
    text = words(page.headline(Report(gap_s=-5.5), weekend))
    assert "found the time" in text
    assert "5.500 s ahead of B B" in text


def test_who_did_not_finish_has_his_status_for_a_place(weekend):
    text = words(page.headline(Report(classified=False, status="Engine", finish=None), weekend))
    assert "on the grid, engine; " in text
    assert "Flag Engine" in text


def test_an_unknown_grid_place_is_said(weekend):
    assert "Grid place unknown" in words(page.headline(Report(grid=None), weekend))


def test_the_table_ends_with_the_gap_and_carries_the_evidence():
    text = words(page.category_table(Report()))
    assert "Car pace +6.000 +0.5 to +1.5 +20 % +1" in text
    assert "slower laps 1–3 and 5 +6.00 s" in text
    assert "Incidents −1.000" in text
    assert "Unexplained +0.500 −1.0 to +2.0" in text
    assert text.endswith("Gap to BBB +5.500 the sum of the lines above, after 3 laps")


def test_evidence_does_not_say_its_laps_twice_nor_nothing():
    text = words(page.category_table(Report()))
    assert "already says laps 1–3 Incidents" in text


def test_a_bar_is_lost_to_the_right_or_gained_to_the_left_of_zero():
    html = page.category_table(Report()).html
    zero = float(re.search(r'class="zero" d="M([\d.]+)', html).group(1))
    lost = re.search(r'class="lost" x="([\d.]+)" y="3" width="([\d.]+)"', html)
    gained = re.search(r'class="gained" x="([\d.]+)" y="3" width="([\d.]+)"', html)
    assert float(lost.group(1)) == pytest.approx(zero)
    assert float(gained.group(1)) + float(gained.group(2)) == pytest.approx(zero)
    assert float(lost.group(2)) == pytest.approx(6 * float(gained.group(2)), rel=0.01)


def test_the_timeline_leaves_the_unknown_empty():
    text = words(page.timeline(Report()))
    assert "1 Start Started &lt;1st&gt; P1" in text
    assert "2 Stop Stopped +20.2 –" in text


def test_the_notes_name_every_issue_or_say_there_is_none():
    assert "Lap time missing AAA 2 1 derived" in words(page.quality_notes(Report()))
    assert "Nothing had to be repaired" in words(page.quality_notes(Report(quality=[])))


def test_every_lap_is_a_row_with_its_time(weekend):
    laps = weekend.race.laps
    own = laps[laps["driver"] == "UUR"].sort_values("lap")
    html = page.lap_table(weekend, "UUR", "WEX").html
    assert html.count("<tr") == len(own) + 1
    minutes, seconds = divmod(own["lap_time_s"].iloc[5], 60)
    assert f"{minutes:.0f}:{seconds:06.3f}" in html
    with pytest.raises(NoData, match="completed no lap"):
        page.lap_table(weekend, "ZZZ")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(59.9996, "1:00.000"), (77.0004, "1:17.000"), (float("nan"), "–")]
)
def test_a_lap_time_reads_as_on_a_timing_screen(seconds, shown):
    assert page_laps._clock(seconds) == shown


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (20, "20th"), (22, "22nd")],
)
def test_places_are_counted_in_words(number, shown):
    assert ordinal(number) == shown


def test_the_rival_of_the_ideal_race_is_a_car_that_was_there(weekend):
    assert page.rival(Report(driver="UUR", reference="ideal"), weekend) == "WEX"
    assert page.rival(Report(driver="WEX", reference="ideal"), weekend) != "WEX"
    assert page.rival(Report(driver="UUR", reference="THW"), weekend) == "THW"
