"""Answers are kept, sent unchanged only once, and gone when they are invalidated."""

from __future__ import annotations

import pytest

from f1lab.api import Role

AUTOPSY = "/autopsy/demo/demo/UUR"


def test_an_answer_is_sent_once_and_then_said_to_hold(api):
    first = api.ask("GET", AUTOPSY, Role.reader)
    assert first.status_code == 200
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in first.headers["Vary"]
    for told in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = api.ask("GET", AUTOPSY, Role.reader, headers={"If-None-Match": told})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["ETag"] == tag
    other = api.ask("GET", AUTOPSY, Role.reader, headers={"If-None-Match": '"other"'})
    assert other.status_code == 200
    assert other.content == first.content


def test_another_question_is_another_answer(api):
    one = api.ask("GET", AUTOPSY, Role.reader)
    other = api.ask("GET", AUTOPSY, Role.reader, params={"reference": "teammate"})
    assert other.status_code == 200
    assert one.headers["ETag"] != other.headers["ETag"]


def test_an_answer_at_hand_needs_no_worker_and_one_invalidated_does(
    make_app, running_app, api_folders, tmp_path
):
    own = {**api_folders, "F1LAB_CACHE_DIR": str(tmp_path)}  # others delete answers meanwhile
    with running_app(make_app(own)) as before:
        before.ask("GET", AUTOPSY, Role.reader)
    app = make_app(own)  # the same cache, and its workers are never asked
    asked = []
    with running_app(app) as served:
        call = app.state.workers.call

        async def noted(*told):
            asked.append(told)
            return await call(*told)

        app.state.workers.call = noted
        kept = served.ask("GET", AUTOPSY, Role.reader)
        assert kept.status_code == 200
        assert not asked
        deleted = served.ask("DELETE", "/cache", params={"pattern": "f1/response/*"})
        assert deleted.json()["deleted"] >= 1
        assert served.ask("GET", "/cache").json()["tiers"]["response"]["entries"] == 0
        asked.clear()
        anew = served.ask("GET", AUTOPSY, Role.reader)
        assert len(asked) == 1
        assert anew.headers["ETag"] == kept.headers["ETag"]


@pytest.mark.parametrize("pattern", ["", "x" * 201])
def test_a_pattern_that_is_none_is_refused(api, pattern):
    assert api.ask("DELETE", "/cache", params={"pattern": pattern}).status_code == 422


def test_what_the_cache_holds_is_told_without_where_it_is(api, api_folders):
    answer = api.ask("GET", "/cache", Role.reader)
    assert set(answer.json()["tiers"]) == {"session", "computed", "response", "reference"}
    assert api_folders["F1LAB_CACHE_DIR"] not in answer.text
