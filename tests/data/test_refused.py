"""Formula 1's archive refuses: what is said, and who is asked instead."""

import shutil
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

import f1lab
from f1lab.data.refusals import AccountNeeded
from f1lab.errors import SourceError


@pytest.fixture(params=[401])
def refusing(request, fastf1_cache, monkeypatch, tmp_path):
    """Let the archive refuse everybody; who asked it is in the list."""
    folder = tmp_path / "fastf1"
    folder.mkdir()
    shutil.copy(fastf1_cache / "fastf1_http_cache.sqlite", folder)  # the schedules
    asked = []

    def send(_self, prepared, **_):
        if "livetiming" not in prepared.url:
            raise requests.ConnectionError("no network here")
        asked.append(urlsplit(prepared.url).path)
        answer = requests.Response()
        answer.status_code, answer.url, answer.request = request.param, prepared.url, prepared
        answer._content = b"no"
        return answer

    monkeypatch.setattr(HTTPAdapter, "send", send)
    monkeypatch.setenv("F1LAB_FASTF1_CACHE", str(folder))
    for name in ("F1_USERNAME", "F1_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    return asked


@pytest.mark.real
def test_an_archive_that_wants_an_account_says_so_and_who_needs_none(refusing):
    with pytest.raises(AccountNeeded) as caught:
        f1lab.load(2023, "Abu Dhabi", "fastf1")
    assert refusing
    assert str(caught.value) == (
        "Race of Abu Dhabi Grand Prix 2023 could not be had: Formula 1's archive answers 401 "
        "without an account: set F1_USERNAME and F1_PASSWORD of one with an F1 TV subscription, "
        "or ask source='openf1' (2023 and later), which needs none."
    )


@pytest.mark.real
@pytest.mark.parametrize("refusing", [403], indirect=True)
@pytest.mark.usefixtures("refusing")
def test_an_archive_that_does_not_take_the_account_says_so(monkeypatch):
    monkeypatch.setenv("F1_USERNAME", "me")
    monkeypatch.setenv("F1_PASSWORD", "secret")
    with pytest.raises(AccountNeeded, match=r"answers 403 to the account in F1_USERNAME: check it"):
        f1lab.load(2023, "Abu Dhabi", "fastf1")


@pytest.mark.real
def test_auto_asks_openf1_when_the_archive_wants_an_account(server, refusing):
    weekend = f1lab.load(2023, "Abu Dhabi")
    assert weekend.source == "openf1"
    reasons = [issue for issue in weekend.quality if issue.kind == "source"]
    assert [issue.where for issue in reasons] == ["fastf1"]
    assert "Formula 1's archive answers 401 without an account" in reasons[0].action
    asked = len(refusing), len(server.asked)
    assert min(asked) > 0
    again = f1lab.load(2023, "Abu Dhabi")
    assert (again.source, again.quality) == ("openf1", weekend.quality)
    assert (len(refusing), len(server.asked)) == asked  # the cache has it
    f1lab.load_session(2023, "Monaco", "Q")
    assert len(refusing) == asked[0]  # nor is the archive asked again for a while
    assert len(server.asked) > asked[1]
    asked = len(refusing), len(server.asked)
    offline = f1lab.load(2023, "Abu Dhabi", offline=True)
    assert (offline.source, offline.quality) == ("openf1", weekend.quality)
    with pytest.raises(SourceError) as caught:
        f1lab.load(2023, "Miami", offline=True)
    fastf1, openf1 = str(caught.value).split("; openf1: ")
    assert fastf1.startswith("fastf1: Race of Miami Grand Prix 2023 is not in the FastF1 cache")
    assert openf1.startswith("our cache has no answer of OpenF1's to")
    assert "offline mode is on" in fastf1
    assert "offline mode is on" in openf1
    assert (len(refusing), len(server.asked)) == asked
