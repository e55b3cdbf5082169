"""SimulatorControls: what a browser may ask, what it is told, and what it cannot change."""

import asyncio
import copy
import json
import re
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor

import pytest

import f1lab
from f1lab.errors import InvalidInput, UnknownName
from f1lab.league import League
from f1lab.simulator import ForgedRun, Simulation
from f1lab.widgets import simulator_controls
from f1lab.widgets._base import STATIC
from f1lab.widgets._simulator_later import answered, later
from f1lab.widgets.simulator_controls import SimulatorControls

DRIVER = "UUR"
PLAN = {9: "HARD", 19: "INTERMEDIATE", 26: "HARD"}


@pytest.fixture(scope="module")
def weekend():
    return f1lab.load_demo()


@pytest.fixture(scope="module", autouse=True)
def at_once():
    """Odds and scores come at once; a browser under test leaves a loop running in this thread."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulator_controls, "later", lambda work, tell: tell(answered(work)))
        yield


def in_a_thread(work):
    """Run where no event loop is."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(work).result()


class Page:
    """A browser's side of a widget: asks, and notes what it is told."""

    def __init__(self, widget):
        self.widget, self.told = widget, []
        widget.send = lambda content, _buffers=None: self.told.append(copy.deepcopy(content))

    def ask(self, name, **message):
        answer, buffers = getattr(self.widget, name)(message, [])
        assert buffers == []
        assert json.loads(json.dumps(answer, allow_nan=False)) == answer
        return answer

    def step(self, lap, pit=None, pace="neutral"):
        return self.ask("step", lap=lap, pit=pit, pace=pace)

    def heard(self, kind):
        return [message for message in self.told if message["kind"] == kind]


@pytest.fixture
def page(weekend):
    return Page(SimulatorControls(weekend, DRIVER))


@pytest.fixture(scope="module")
def finished(weekend):
    """The real calls to the flag, and what the page was told."""
    page = Page(SimulatorControls(weekend, DRIVER))
    for lap in range(1, page.widget.simulation.state.n_laps + 1):
        assert page.step(lap, PLAN.get(lap)) == {"ok": True}
    return page


# ---------------------------------------------------------------------------------------------
# playing


def test_each_lap_is_told_once_as_its_state_is(finished):
    history = finished.widget.simulation.history
    laps = finished.heard("lap")
    assert [message["frame"]["lap"] for message in laps] == [state.lap for state in history[1:]]
    texts = []
    for message, state in zip(laps, history[1:], strict=True):
        frame = message["frame"]
        assert frame["flag"] == state.flag
        assert frame["compound"] == state.compound
        assert frame["sets"] == state.sets
        assert [row[0] for row in frame["tower"]] == [row.driver for row in state.tower]
        assert [row[4] for row in frame["tower"]] == [row.compound for row in state.tower]
        gaps = [None if row.gap_s is None else round(row.gap_s, 3) for row in state.tower]
        assert [row[3] for row in frame["tower"]] == gaps
        assert [bool(row[9]) for row in frame["tower"]] == [row.running for row in state.tower]
        texts += [text for _, _, text in frame["messages"]]
    first = [message.text for message in history[0].messages]
    assert first + texts == [message.text for message in history[-1].messages]


def test_a_lap_is_a_small_message(finished):
    assert max(len(json.dumps(message)) for message in finished.heard("lap")[:-1]) < 4_000
    assert len(json.dumps(finished.ask("whole"))) < 150_000


def test_what_the_browser_puts_together_is_the_run(finished, weekend):
    whole = finished.ask("whole")["whole"]
    decisions = [{"lap": f["lap"], **f["call"]} for f in whole["frames"][1:]]
    run = {**whole["run"], "decisions": decisions, "outcome": whole["outcome"]}
    assert run == finished.widget.simulation.to_dict()
    again = SimulatorControls.from_dict(weekend, run)
    assert again.simulation.lap_times_s == finished.widget.simulation.lap_times_s


def test_a_new_view_is_told_what_the_old_one_knows(finished):
    whole = finished.ask("whole")["whole"]
    assert whole["frames"][1:] == [message["frame"] for message in finished.heard("lap")]
    assert whole["result"] == finished.widget.simulation.result.to_dict()
    assert whole["scores"]["iq"] == finished.heard("scores")[0]["iq"]


def test_the_flag_brings_result_and_scores(finished):
    last = finished.heard("lap")[-1]
    result = finished.widget.simulation.result
    assert last["result"]["position"] == result.position == result.real_position
    (scores,) = finished.heard("scores")
    assert scores["ok"]
    assert 0 <= scores["iq"]["total"] <= 100
    assert scores["iq"]["total"] == pytest.approx(scores["wall"]["total"], abs=1)
    assert [part["name"] for part in scores["iq"]["parts"]] == [
        part["name"] for part in scores["wall"]["parts"]
    ]


def test_nothing_of_the_race_to_come_is_sent(page, weekend):
    told = json.dumps([page.widget.race, page.ask("whole")])
    assert list(page.widget.race["drivers"]) == list(
        weekend.race.results.sort_values("grid")["driver"]
    )
    assert "Accident" not in told
    assert "SAFETY CAR" not in told


def test_laps_can_be_taken_back_and_driven_otherwise(page):
    for lap in range(1, 6):
        page.step(lap)
    assert page.ask("undo", lap=2) == {"ok": True}
    assert page.heard("undone") == [
        {"kind": "undone", "game": 1, "lap": 2, "outcome": page.ask("whole")["whole"]["outcome"]}
    ]
    assert page.step(3, "MEDIUM", "push") == {"ok": True}
    assert [d.pit for d in page.widget.simulation.decisions] == [None, None, "MEDIUM"]


def test_the_race_can_be_begun_again_on_other_tyres(page):
    page.step(1)
    assert page.ask("restart", start="HARD") == {"ok": True}
    assert page.widget.simulation.start == "HARD"
    assert page.heard("whole")[-1]["whole"]["frames"][0]["compound"] == "HARD"
    assert page.ask("restart", start=None) == {"ok": True}
    assert page.widget.simulation.start == "SOFT"


def test_a_kept_run_is_resumed(page, weekend):
    other = Simulation(weekend, DRIVER)
    other.fast_forward(12)
    assert page.ask("resume", run=json.loads(json.dumps(other.to_dict()))) == {"ok": True}
    assert page.widget.simulation.lap_times_s == other.lap_times_s


def test_odds_come_beside_the_call(page):
    page.step(1)
    assert page.ask("odds", lap=1) == {"ok": True}
    (odds,) = page.heard("odds")
    assert (odds["ok"], odds["lap"], odds["game"]) == (True, 1, 0)
    assert None in [alternative["call"] for alternative in odds["odds"]["alternatives"]]
    assert not page.ask("odds", lap=0)["ok"]


def test_where_a_loop_runs_nobody_waits_for_odds(page, monkeypatch):
    monkeypatch.setattr(simulator_controls, "later", later)

    async def play():
        page.step(1)
        page.ask("odds", lap=1)
        assert page.heard("odds") == []
        page.step(2)
        while not page.heard("odds"):  # noqa: ASYNC110 - what is waited for is a plain list
            await asyncio.sleep(0.01)

    in_a_thread(lambda: asyncio.run(play()))
    kinds = [message["kind"] for message in page.told]
    assert kinds == ["lap", "lap", "odds"]


def test_without_a_loop_what_takes_long_is_done_at_once():
    told = []
    in_a_thread(lambda: later(lambda: {"n": 1}, told.append))
    assert told == [{"ok": True, "n": 1}]


def test_what_goes_wrong_beside_the_race_is_told_and_logged():
    told, logged = [], []

    async def play():
        asyncio.get_running_loop().set_exception_handler(lambda _, context: logged.append(context))
        later(lambda: {"n": 1 // 0}, told.append)
        while not logged:  # noqa: ASYNC110 - what is waited for is a plain list
            await asyncio.sleep(0.01)

    in_a_thread(lambda: asyncio.run(play()))
    assert [answer["ok"] for answer in told] == [False]
    assert "went wrong" in told[0]["error"]
    assert isinstance(logged[0]["exception"], ZeroDivisionError)


def test_the_simulation_handed_out_is_a_copy(page):
    page.step(1)
    mine = page.widget.simulation
    mine.step()
    assert len(page.widget.simulation.decisions) == 1


# ---------------------------------------------------------------------------------------------
# the league


def test_a_finished_run_is_handed_in(finished, weekend, tmp_path):
    with League(tmp_path / "league.sqlite", load=lambda _year, _event: weekend) as league:
        page = Page(
            SimulatorControls.from_dict(
                weekend, finished.widget.simulation.to_dict(), user="Ada", league=league
            )
        )
        assert page.widget.race["league"]
        assert page.widget.race["user"] == "Ada"
        assert page.ask("submit", user="Ada") == {"ok": True}
        assert page.heard("submitted")[0]["ok"]
        assert "Place 1 of 1" in page.heard("submitted")[0]["text"]
        assert [row.user for row in league.top().rows] == ["Ada"]
        page.ask("submit", user="<script>")
        refused = page.heard("submitted")[1]
        assert not refused["ok"]
        assert "letters" in refused["error"]


def test_what_cannot_be_handed_in_is_refused(page, finished):
    assert "No league" in finished.ask("submit", user="Ada")["error"]
    page.widget._league = object()
    assert "finished" in page.ask("submit", user="Ada")["error"]


# ---------------------------------------------------------------------------------------------
# what a browser may not do


@pytest.mark.parametrize(
    ("lap", "pit", "pace", "words"),
    [
        (2, None, "neutral", "the next lap is 1"),
        (None, None, "neutral", "the next lap is 1"),
        (1, "HYPERSOFT", "neutral", "give one of SOFT"),
        (1, ["SOFT"], "neutral", "give one of SOFT"),
        (1, {"a": 1}, "neutral", "give one of SOFT"),
        (1, None, "flat out", "give one of push"),
        (1, None, 7, "give one of push"),
    ],
)
def test_an_impossible_call_is_answered_and_changes_nothing(page, lap, pit, pace, words):
    answer = page.step(lap, pit, pace)
    assert not answer["ok"]
    assert words in answer["error"]
    assert page.widget.simulation.decisions == ()
    assert page.told == []


@pytest.mark.parametrize("name", ["step", "undo", "restart", "resume", "odds", "submit"])
@pytest.mark.parametrize("message", [None, 7, [], {}, {"lap": 1, "_esm": "x"}])
def test_a_message_of_another_shape_is_answered(page, name, message):
    (answer, _) = getattr(page.widget, name)(message, [])
    assert not answer["ok"]
    assert answer["error"]


@pytest.mark.parametrize("lap", [-1, 0, 5, True, "0", 0.5, None])
def test_only_laps_driven_can_be_gone_back_to(page, lap):
    answer = page.ask("undo", lap=lap)
    assert "cannot be gone back to" in answer["error"]


def test_a_stop_past_the_sets_or_the_flag_is_refused(finished, page):
    page.step(1, "HARD")
    page.step(2, "HARD")
    assert page.step(3, "HARD")["ok"] is False
    assert "took the flag" in finished.step(53)["error"]


@pytest.mark.parametrize(
    "change",
    [
        {"driver": "WEX"},
        {"fingerprint": "0" * 16},
        {"schema": 99},
        {"decisions": "no"},
        {"decisions": [{"lap": 1, "pit": None, "pace": "neutral"}] * 201},
        {"outcome": {"laps": 3, "race_time_s": 1.0, "position": 1, "finished": False}},
        {"_esm": "alert(1)"},
    ],
)
def test_a_forged_run_is_not_resumed(page, weekend, change):
    other = Simulation(weekend, DRIVER)
    other.fast_forward(3)
    answer = page.ask("resume", run={**other.to_dict(), **change})
    assert not answer["ok"]
    assert page.widget.simulation.decisions == ()


def test_another_drivers_run_is_told_where_it_belongs(page, weekend):
    other = Simulation(weekend, "WEX")
    other.step()
    assert "SimulatorControls(weekend, 'WEX')" in page.ask("resume", run=other.to_dict())["error"]


def test_a_browser_cannot_change_the_race(page):
    shown = copy.deepcopy(page.widget.race)
    page.widget.set_state({"race": {"title": "<script>", "drivers": {}}})
    assert page.widget.race == shown
    page.widget.race["title"] = "changed"
    assert "changed" not in page.widget._repr_mimebundle_()[0]["text/html"]


def test_only_the_race_is_synced(page):
    known = {"race", "layout", "tabbable", "tooltip", "comm"}
    own = set(page.widget.traits(sync=True)) - known
    assert {name for name in own if not name.startswith("_")} == set()


@pytest.mark.parametrize(
    ("given", "error", "words"),
    [
        ({"driver": "HAM"}, UnknownName, "HAM"),
        ({"driver": DRIVER, "user": 7}, InvalidInput, "is no name"),
        ({"driver": DRIVER, "league": "mine"}, InvalidInput, "is no league"),
        ({"driver": DRIVER, "seed": -1}, InvalidInput, "whole number"),
        ({"driver": DRIVER, "speed": 2}, TypeError, "allowed: driver, layout, league"),
    ],
)
def test_what_cannot_be_played_is_refused_in_a_sentence(weekend, given, error, words):
    with pytest.raises(error, match=words):
        SimulatorControls(weekend, **given)


def test_no_weekend_and_no_run_are_refused(weekend):
    with pytest.raises(InvalidInput, match="not a str"):
        SimulatorControls("Monaco", DRIVER)
    with pytest.raises(ForgedRun):
        SimulatorControls.from_dict(weekend, {"driver": DRIVER})


# ---------------------------------------------------------------------------------------------
# without a kernel


def test_repr_says_what_is_shown(page):
    page.step(1)
    assert repr(page.widget) == "SimulatorControls('Halvern Grand Prix 2024', 'UUR', lap 1 of 52)"


def test_the_picture_has_the_run_and_the_page_the_order(finished):
    bundle = finished.widget._repr_mimebundle_()[0]
    svg = ET.fromstring(bundle["image/svg+xml"])  # noqa: S314 - our own drawing
    space = "{http://www.w3.org/2000/svg}"
    assert "took the flag P4 after 52 laps" in svg.find(f"{space}title").text
    assert len(list(svg.iter(f"{space}circle"))) == len(PLAN)
    state = finished.widget.simulation.state
    running = [row for row in state.tower if row.running]
    own = [p for p in svg.iter(f"{space}path") if p.get("stroke-width") == "4"]
    assert len(own) == 1
    words = [text.text for text in svg.iter(f"{space}text")]
    assert {f"{row.position} {row.driver}" for row in running} <= set(words)
    html = bundle["text/html"]
    rows = re.findall(r'<th scope="row">(\w+)</th>', html)
    assert rows == [row.driver for row in state.tower]
    assert "<script" not in html
    assert "alt=" in html


def test_the_bundle_is_small_and_fetches_nothing():
    for name in ("simulator-controls.js", "simulator-controls.css"):
        text = (STATIC / name).read_text(encoding="utf-8")
        assert 1000 < len(text.encode()) <= 100_000
        assert not set(re.findall(r"https?://[^\s\"'`)]+", text)) - {"http://www.w3.org/2000/svg"}
        assert not re.search(r"\bimport\s*\(|@import|\bfetch\(|innerHTML|\beval\(", text)


@pytest.mark.real
def test_a_real_race(weekends):
    page = Page(SimulatorControls(weekends(2025, "China"), "HAM"))
    for lap in range(1, 4):
        assert page.step(lap) == {"ok": True}
    assert page.widget.race["drivers"]["HAM"]["team"] == "Ferrari"
    assert page.ask("whole")["whole"]["frames"][3]["tower"]


@pytest.mark.real
def test_a_red_flag_is_told_where_it_stops_the_race(weekends):
    page = Page(SimulatorControls(weekends(2023, "Australia"), "HAM"))
    while page.widget.simulation.state.lap < 8:
        assert page.step(len(page.widget.simulation.decisions) + 1) == {"ok": True}
    told = page.told[-1]
    asked = told["stoppage"]
    assert (told["frame"]["lap"], asked["lap"], asked["flag"], asked["stopped"]) == (8, 8, "red", 1)
    assert asked["pit_loss_s"][:3] == [0, 0, 0]
    assert told["frame"]["race_time_s"] < asked["race_time_s"]
    known = [text for one in (told["frame"], asked) for _, _, text in one["messages"]]
    assert "RED FLAG" in known
    # A view that opens now, a run that is resumed now: both stand where the race does.
    whole = page.ask("whole")["whole"]
    assert whole["stoppage"] == asked
    decisions = [{"lap": f["lap"], **f["call"]} for f in whole["frames"][1:]]
    run = {**whole["run"], "decisions": decisions, "outcome": whole["outcome"]}
    assert run == page.widget.simulation.to_dict()
    again = Page(SimulatorControls.from_dict(page.widget.simulation.weekend, run))
    assert again.ask("whole")["whole"]["stoppage"] == asked
    # Tyres are changed free, and the lap that follows is told once.
    assert page.step(9, "HARD") == {"ok": True}
    after = page.told[-1]
    assert (after["kind"], after["frame"]["compound"], after["stoppage"]) == ("lap", "HARD", None)
    assert not set(known) - {
        text for f in page.ask("whole")["whole"]["frames"] for _, _, text in f["messages"]
    }
    # At the line before it the call for the lap is set aside: the race stops first.
    assert page.ask("resume", run={**run, "outcome": {**run["outcome"], "stopped": False}})["ok"]
    assert page.step(9, "HARD") == {"ok": True}
    assert (page.told[-1]["kind"], page.told[-1]["stoppage"]) == ("stopped", asked)
    assert len(page.widget.simulation.decisions) == 8
