"""Injected values are typed and checked in one place."""

from __future__ import annotations

import pytest

from f1lab.errors import InvalidInput
from f1lab.reporting import check_autopsy_parameters


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
