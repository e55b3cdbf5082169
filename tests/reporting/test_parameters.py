"""Injected values are typed and checked in one place."""

from __future__ import annotations

import pytest

from f1lab.errors import InvalidInput
from f1lab.reporting import (
    check_autopsy_parameters,
    check_comparison_parameters,
    check_season_parameters,
)


def test_values_are_typed():
    given = check_autopsy_parameters(driver=" ham ", year="2023", event=6, reference="Winner")
    assert (given.driver, given.year, given.event, given.reference) == ("HAM", 2023, "6", "winner")


def test_the_demo_needs_neither_year_nor_event():
    assert check_autopsy_parameters(driver="X", year="demo").source == "demo"
    assert check_autopsy_parameters(driver="X", source="demo").year is None


def test_a_driver_code_as_reference_is_in_capitals():
    assert check_autopsy_parameters(driver="X", source="demo", reference="ver").reference == "VER"


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"year": "soon"}, "year"),
        ({"year": True}, "year"),
        ({"year": None}, "year"),
        ({"year": 20233}, "year"),
        ({"event": None}, "event"),
        ({"event": ""}, "event"),
        ({"driver": None}, "driver"),
        ({"driver": 44}, "driver"),
        ({"reference": ""}, "reference"),
        ({"offline": "yes"}, "offline"),
        ({"fastf1_cache": 3}, "fastf1_cache"),
    ],
)
def test_a_wrong_value_is_named_in_one_sentence(wrong, named):
    given = {"driver": "HAM", "year": 2023, "event": "Monaco"} | wrong
    with pytest.raises(InvalidInput, match=named) as error:
        check_autopsy_parameters(**given)
    assert "\n" not in str(error.value)


def test_two_drivers_are_codes_of_one_weekend():
    given = check_comparison_parameters(first="nor", second=" pia ", year="2025", event="China")
    assert (given.first, given.second, given.year, given.event) == ("NOR", "PIA", 2025, "China")
    assert given.to_dict()["source"] is None


def test_a_driver_is_not_compared_with_himself():
    with pytest.raises(InvalidInput, match="NOR cannot be compared with himself"):
        check_comparison_parameters(first="NOR", second="nor", source="demo")


def test_a_season_survives_its_own_dictionary():
    given = check_season_parameters(year="2023", drivers="ham, ver,HAM", jobs=2, reference="Winner")
    assert given.drivers == ("HAM", "VER")
    assert check_season_parameters(**given.to_dict()) == given


def test_the_demo_is_a_season():
    assert check_season_parameters(year="demo").source == "demo"
    assert check_season_parameters(source="demo").year is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"year": None}, "year"),
        ({"year": "soon"}, "year"),
        ({"source": "fastf1"}, "source"),
        ({"drivers": ""}, "drivers"),
        ({"drivers": " , "}, "drivers"),
        ({"jobs": 0}, "jobs"),
        ({"jobs": "many"}, "jobs"),
        ({"reference": ""}, "reference"),
        ({"offline": 1}, "offline"),
    ],
)
def test_a_wrong_value_of_a_season_is_named_in_one_sentence(wrong, named):
    with pytest.raises(InvalidInput, match=named) as error:
        check_season_parameters(**({"year": 2023} | wrong))
    assert "\n" not in str(error.value)
