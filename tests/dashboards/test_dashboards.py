"""What the dashboards promise without a browser: addresses, races at hand, hardening, doors."""

from __future__ import annotations

import http.client
import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

import nbformat
import pytest

import f1lab
from f1lab.dashboards import PAGES, DashboardError, DashboardServer, races, races_at_hand
from f1lab.dashboards.boards import by_team, leaderboard_table, pit_table, reliability_table
from f1lab.dashboards.doors import (
    DoorServer,
    dashboards_door,
    demo_door,
    new_notebook,
    report_door,
)
from f1lab.dashboards.frame import choose, choose_season, drawn, home, sentence
from f1lab.dashboards.pages import link
from f1lab.dashboards.query import parse_query, visitor_query
from f1lab.dashboards.races import load_race
from f1lab.dashboards.server import notebooks_folder
from f1lab.errors import F1LabError, InvalidInput, NoData, UnknownName
from f1lab.league import Leaderboard, LeaderboardRow
from f1lab.reporting import check_autopsy_parameters

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks" / "dashboards").glob("*.ipynb"))
ALL = ("year", "event", "driver", "reference", "lap")


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def demo(cache, monkeypatch):
    """The demo weekend, kept for all tests of this file."""
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(cache))
    return f1lab.load_demo()


# -- addresses ------------------------------------------------------------------------------


def test_an_address_is_read_and_an_empty_value_is_none():
    query = parse_query(
        "year=2023&event=S%C3%A3o+Paulo&driver=ham&reference=Winner&lap=0&token=x", ALL
    )
    assert (query.year, query.event, query.driver) == (2023, "São Paulo", "HAM")
    assert (query.reference, query.lap, query.demo) == ("winner", 0, False)
    assert parse_query("year=&driver=", ALL) == parse_query("", ALL)
    assert parse_query("year=DEMO", ALL).demo


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("year=20233", "year is a season"),
        ("year=٢٠٢٣", "year is a season"),
        ("driver=HAMI", "three-letter code"),
        ("driver=H%00M", "three-letter code"),
        ("event=" + "x" * 61, "name of a race"),
        ("event=a%0Ab", "name of a race"),
        ("reference=nobody", "reference is winner"),
        ("lap=-1", "lap is the last lap known"),
        ("lap=999", "lap is the last lap known"),
        ("year=2023&year=2022", "twice"),
        ("template=reveal", "no setting of this page 'template'"),
    ],
)
def test_what_cannot_be_used_is_refused_in_a_sentence(text, said):
    with pytest.raises(InvalidInput, match=re.escape(said)) as caught:
        parse_query(text, ALL)
    assert len(str(caught.value)) < 200


def test_outside_of_voila_nothing_is_waited_for(monkeypatch):
    monkeypatch.delenv("VOILA_PREHEAT", raising=False)
    monkeypatch.setenv("QUERY_STRING", "year=demo")
    assert visitor_query() == "year=demo"


def test_a_link_survives_the_way_through_an_address():
    target = link("autopsy", year=2023, event="São Paulo & Co", driver=None)
    name, _, text = target.partition("?")
    assert name == "autopsy.ipynb"
    assert parse_query(text, ALL).event == "São Paulo & Co"


# -- races at hand --------------------------------------------------------------------------


def folder(archive, year, name):
    race = archive / str(year) / name / f"{name[:10]}_Race"
    race.mkdir(parents=True)
    (race / "_extended_timing_data.ff1pkl").touch()


def test_races_at_hand_come_from_both_caches_each_once(monkeypatch, tmp_path):
    fastf1, own = tmp_path / "fastf1", tmp_path / "own"
    folder(fastf1, 2023, "2023-05-28_Monaco_Grand_Prix")
    folder(fastf1, 2023, "2023-11-05_São_Paulo_Grand_Prix")
    folder(fastf1, 2022, "2022-05-29_Monaco_Grand_Prix")
    bahrain = fastf1 / "2023" / "2023-03-05_Bahrain_Grand_Prix"
    for session in ("2023-03-04_Qualifying", "2023-03-05_Race"):  # a race begun and left empty
        (bahrain / session).mkdir(parents=True)
    kept = own / "f1" / "session" / "2023" / "Monaco_Grand_Prix" / "R" / "fastf1.joblib"
    kept.parent.mkdir(parents=True)
    kept.touch()
    monkeypatch.setenv("F1LAB_FASTF1_CACHE", str(fastf1))
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(own))
    assert [(race.year, race.event) for race in races_at_hand()] == [
        (2023, "Monaco Grand Prix"),
        (2023, "São Paulo Grand Prix"),
        (2022, "Monaco Grand Prix"),
    ]
    shown = home().html
    assert "autopsy.ipynb?year=2023&amp;event=S%C3%A3o+Paulo+Grand+Prix" in shown
    assert shown.count("<details") == 2


def test_without_anything_at_hand_the_demo_is_shown_and_said(demo):
    assert races_at_hand() == ()
    assert "No real race is at hand yet" in home().html
    choice = choose("autopsy", parse_query("", ALL))
    assert choice.weekend.event == demo.event
    results = demo.race.results.set_index("driver")
    assert results.loc[choice.driver, "finish"] == 2
    with pytest.raises(InvalidInput, match="no race of 2023 is at hand"):
        load_race(parse_query("year=2023", ALL))
    with pytest.raises(InvalidInput, match="of which season"):
        load_race(parse_query("event=Monaco", ALL))


def test_a_race_that_cannot_be_shown_still_offers_the_others(monkeypatch, tmp_path):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path))
    choice = choose("autopsy", parse_query("year=2023&driver=HAM", ALL))
    assert '<option value="demo">' in choice.picker.html
    with pytest.raises(F1LabError):
        _ = choice.weekend


def test_only_what_was_opened_is_counted_without_waiting(monkeypatch, tmp_path):
    fastf1, own = tmp_path / "fastf1", tmp_path / "own"
    folder(fastf1, 2023, "2023-05-28_Monaco_Grand_Prix")
    folder(fastf1, 2023, "2023-11-05_São_Paulo_Grand_Prix")
    kept = own / "f1" / "session" / "2023" / "Monaco_Grand_Prix" / "R" / "fastf1.joblib"
    kept.parent.mkdir(parents=True)
    kept.touch()
    monkeypatch.setenv("F1LAB_FASTF1_CACHE", str(fastf1))
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(own))
    opened = []
    monkeypatch.setattr(races, "load", lambda year, event, **_: opened.append((year, event)))
    season = choose_season(parse_query("year=2023", ALL))
    assert len(season.opened) == 1
    assert opened == [(2023, "Monaco Grand Prix")]
    assert season.n_at_hand == 2


@pytest.mark.usefixtures("demo")
def test_a_driver_who_is_not_in_the_race_is_named_with_those_who_are():
    choice = choose("autopsy", parse_query("driver=HAM", ALL))
    with pytest.raises(UnknownName, match="UUR"):
        _ = choice.driver


def test_whatever_stands_in_an_address_is_shown_as_text():
    error = UnknownName("driver", "<img src=x onerror=alert(1)>", ["HAM"])
    assert "<img" not in sentence(error).html


# -- what is shown --------------------------------------------------------------------------


def test_a_figure_is_sent_as_its_data_and_a_refusal_as_its_sentence(demo):
    from f1lab.figures import gap

    data = drawn(lambda: gap(demo, "UUR", "WEX"))._repr_mimebundle_()
    figure = data["application/vnd.plotly.v1+json"]
    assert len(json.dumps(figure)) < 60_000
    assert figure["data"]

    def refuse():
        raise NoData("nothing <here>")

    assert "nothing &lt;here&gt;" in drawn(refuse).html


def test_teams_are_told_by_all_their_cars(demo):
    from f1lab.autopsy.season import season_blame

    season = season_blame([demo], drivers=["UUR", "WEX", "BMR", "THW"])
    teams = by_team(season)
    own = season.frame[season.frame["to_the_end"]].groupby("team")["car_pace_s"].median()
    assert set(teams.drivers) == set(own.index)
    for team, seconds in own.items():
        assert teams.per_race[team]["car_pace"].value == pytest.approx(seconds)


def test_every_crew_is_in_the_table_of_pit_work(demo):
    shown = pit_table(demo).html
    for team in demo.race.results["team"]:
        assert f">{team}</th>" in shown


@pytest.mark.real
def test_without_a_tyre_stop_the_reason_is_given_once(weekends):
    shown = pit_table(weekends(2021, "Belgium")).html
    assert shown.count("tyre stops were made") == 1
    assert "<table" not in shown


def test_reliability_is_counted_over_all_races_given(demo):
    one, two = (reliability_table([demo] * n, 2).html for n in (1, 2))
    assert f"From 1 race of {demo.year}, of 2 at hand" in one
    assert f"From 2 races of {demo.year}.</p>" in two
    starts = [
        sum(int(n) for n in re.findall(r'</th><td class="n">(\d+)</td>', html))
        for html in (one, two)
    ]
    assert starts == [20, 40]
    gone = [sum(map(int, re.findall(r'\d+</td><td class="n">(\d+)</td>', h))) for h in (one, two)]
    assert gone[0] > 0
    assert gone[1] == 2 * gone[0]


def test_players_names_are_shown_as_text(demo):
    row = LeaderboardRow(1, "<b>x</b>", demo.year, demo.event, "UUR", 71.24, None, 3, 4, 0.0, 1)
    shown = leaderboard_table(Leaderboard("", (row,))).html
    assert "<b>x</b>" not in shown
    assert "simulator.ipynb?year=demo&amp;driver=UUR" in shown
    assert "71.2" in shown


# -- the notebooks and the server ------------------------------------------------------------


def test_there_is_a_notebook_for_every_page_and_a_page_for_every_notebook():
    assert [path.stem for path in NOTEBOOKS] == sorted(page.name for page in PAGES)
    assert notebooks_folder() == ROOT / "notebooks" / "dashboards"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_plain_and_waits_for_its_visitor(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert sum(f'begin("{path.stem}")' in cell.source for cell in code) == 1
    assert not any(cell.outputs or cell.execution_count for cell in code)
    assert path.stat().st_size < 10_000


def test_the_hardening_is_what_it_should_be():
    told = json.loads((notebooks_folder() / "voila.json").read_text(encoding="utf-8"))
    voila = told["VoilaConfiguration"]
    assert voila["strip_sources"] is True
    assert voila["show_tracebacks"] is False
    assert voila["allow_template_override"] == voila["allow_theme_override"] == "NO"
    assert (voila["file_allowlist"], voila["file_denylist"]) == ([], [".*"])
    assert "extension_allowlist" not in voila
    assert "@jupyter-widgets/jupyterlab-manager" not in voila["extension_denylist"]
    assert voila["preheat_kernel"] is True
    assert told["MappingKernelManager"]["cull_idle_timeout"] > 0
    policy = told["Voila"]["tornado_settings"]["headers"]["Content-Security-Policy"]
    assert "http" not in policy
    assert "default-src 'self'" in policy


def test_nothing_the_pages_are_made_of_asks_another_machine():
    for path in (ROOT / "f1lab" / "dashboards" / "template").iterdir():
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"https?:|//cdn|@import", text), path.name


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"port": 0}, "port is between 1 and 65535"),
        ({"port": 70000}, "port is between"),
        ({"ip": "example.org"}, "ip is an address of this machine"),
        ({"token": "short"}, "a token has 8 characters"),
        ({"token": ""}, "a token has 8 characters"),
    ],
)
def test_a_server_that_cannot_be_is_refused(given, said):
    with pytest.raises(DashboardError, match=said):
        DashboardServer(**given)


def test_a_port_that_is_taken_is_said():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(DashboardError, match=f"port {port} of 127.0.0.1 cannot be used"):
            DashboardServer(port).start()


def test_without_voila_it_says_how_to_get_it(monkeypatch):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "voila" else found(name)
    )
    with pytest.raises(DashboardError, match=r"pip install 'f1lab\[dashboards\]'"):
        DashboardServer()


def test_a_token_is_made_up_and_each_is_another():
    tokens = {DashboardServer().url.partition("token=")[2] for _ in range(3)}
    assert len(tokens) == 3
    assert min(map(len, tokens)) >= 32


# -- doors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("door", [dashboards_door, report_door, demo_door])
def test_a_door_is_what_the_proxy_wants(door):
    proxy = pytest.importorskip("jupyter_server_proxy.config")
    told, other = door(), door()
    process = proxy.ServerProcess(name="x", **told)
    assert Path(process.launcher_entry.icon_path).is_file()
    token = told["environment"]["F1LAB_DASHBOARDS_TOKEN"]
    assert told["request_headers_override"] == {"Authorization": f"token {token}"}
    assert token not in " ".join(told["command"])
    assert other["environment"] != told["environment"]
    filled = [part.format(port=1, base_url="/") for part in told["command"]]
    assert filled[1:3] == ["-m", "f1lab.cli"]


def test_a_new_report_knows_its_race_and_never_overwrites(tmp_path):
    asked = {"year": "2023", "event": "Monaco Grand Prix", "driver": "ham"}
    first, second = (new_notebook("report", tmp_path, asked) for _ in range(2))
    assert first.name == "f1lab-report-2023-monaco-grand-prix-ham.ipynb"
    assert second.name == "f1lab-report-2023-monaco-grand-prix-ham-2.ipynb"
    notebook = nbformat.read(first, as_version=4)
    nbformat.validate(notebook)
    values: dict[str, object] = {}
    exec(notebook.cells[0].source, values)  # noqa: S102  (our own parameters cell)
    values.pop("__builtins__")
    checked = check_autopsy_parameters(**values)
    assert (checked.year, checked.event, checked.driver) == (2023, "Monaco Grand Prix", "HAM")


def test_a_report_cannot_be_made_to_run_code(tmp_path):
    asked = {"year": "2023", "event": "'''\nimport os\n'''", "driver": 'H"\nx'}
    made = new_notebook("report", tmp_path, asked)
    assert made.parent == tmp_path
    import ast

    cell = nbformat.read(made, as_version=4).cells[0].source
    assert all(isinstance(node, ast.Assign) for node in ast.parse(cell).body)


def test_the_demo_notebook_is_left_as_it_is_when_it_is_there(tmp_path):
    made = new_notebook("demo", tmp_path)
    made.write_text("mine", encoding="utf-8")
    assert new_notebook("demo", tmp_path) == made
    assert made.read_text(encoding="utf-8") == "mine"


@pytest.fixture
def door(tmp_path):
    """Open a door; ``ask`` sends it a request."""
    opened = []

    def open_door(kind):
        server = DoorServer(kind, 0, "known-to-the-proxy", tmp_path)
        opened.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()

        def ask(method, fields=None, said="token known-to-the-proxy"):
            line = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
            body = None if fields is None else urlencode(fields)
            line.request(method, "/", body, {"Authorization": said})
            answer = line.getresponse()
            told = answer.status, answer.getheader("Location"), answer.read().decode()
            line.close()
            return told

        return ask

    yield open_door
    for server in opened:
        server.shutdown()
        server.server_close()


def test_the_demo_door_goes_to_the_notebook(door, tmp_path):
    assert door("demo")("GET")[:2] == (303, "../lab/tree/f1lab-demo.ipynb")
    assert (tmp_path / "f1lab-demo.ipynb").exists()


def test_the_report_door_asks_and_then_goes_to_the_notebook(door, tmp_path):
    ask = door("report")
    status, _, page = ask("GET")
    assert status == 200
    assert "<form" in page
    assert list(tmp_path.glob("*.ipynb")) == []
    assert ask("POST", {"race": ""})[1] == "../lab/tree/f1lab-report-demo.ipynb"
    told = ask("POST", {"race": "2023|Monaco Grand Prix", "driver": "HAM"})
    assert told[1].endswith("f1lab-report-2023-monaco-grand-prix-ham.ipynb")
    status, _, page = ask("POST", {"race": "2023|Monaco Grand Prix"})
    assert status == 400
    assert "name the driver" in page
    assert ask("POST", {"race": "x" * 5000})[0] == 400


def test_a_door_opens_for_the_proxy_only(door, tmp_path):
    for method in ("GET", "POST"):
        assert door("demo")(method, said="token guess")[0] == 403
    assert list(tmp_path.glob("*.ipynb")) == []


# -- the end ----------------------------------------------------------------------------------

#: Starts the dashboards, says where, and waits to be killed.
STARTER = """
import sys, time
from f1lab.dashboards import DashboardServer
server = DashboardServer(int(sys.argv[1]), token="known-to-this-test")
server.start()
print(server._process.pid, flush=True)
time.sleep(600)
"""


def test_voila_goes_with_a_server_that_was_killed(tmp_path):
    pytest.importorskip("voila", reason="Voilà is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", STARTER, str(port)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as starter:
        voila = int(starter.stdout.readline())
        assert len(list(tmp_path.iterdir())) == 1
        starter.kill()
    until = time.monotonic() + 30
    while time.monotonic() < until and (_runs(voila) or list(tmp_path.iterdir())):
        time.sleep(0.1)
    assert not _runs(voila)
    assert list(tmp_path.iterdir()) == []


def _runs(pid):
    """Whether a process is there; one that ended and was not collected yet is not."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError:
        return False
    return "\nState:\tZ" not in status
