"""However a person names a race, the right one or a suggestion."""

import pytest

from f1lab.data.circuits import circuit_name
from f1lab.data.events import EventInfo, find_event
from f1lab.errors import UnknownName

SEASON = [
    EventInfo(2021, n, name, country, place, "", {})
    for n, (name, country, place) in enumerate(
        [
            ("Bahrain Grand Prix", "Bahrain", "Sakhir"),
            ("Emilia Romagna Grand Prix", "Italy", "Imola"),
            ("Monaco Grand Prix", "Monaco", "Monte Carlo"),
            ("Styrian Grand Prix", "Austria", "Spielberg"),
            ("Austrian Grand Prix", "Austria", "Spielberg"),
            ("Belgian Grand Prix", "Belgium", "Spa-Francorchamps"),
            ("Italian Grand Prix", "Italy", "Monza"),
            ("United States Grand Prix", "United States", "Austin"),
            ("São Paulo Grand Prix", "Brazil", "São Paulo"),
            ("Abu Dhabi Grand Prix", "UAE", "Yas Island"),
        ],
        start=1,
    )
]


@pytest.mark.parametrize(
    ("wanted", "number"),
    [
        ("Monaco", 3),
        ("monaco grand prix", 3),
        ("MONTE CARLO", 3),
        (3, 3),
        ("3", 3),
        ("monza", 7),
        ("Sao Paulo", 9),
        ("são paulo gp", 9),
        ("Interlagos", 9),
        ("brazil", 9),
        ("spa", 6),
        ("Belg", 6),
        ("austria", 5),
        ("yas", 10),
        ("united", 8),
        ("imola", 2),
    ],
)
def test_a_race_by_any_of_its_names(wanted, number):
    assert find_event(SEASON, wanted).round == number


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("Monacoo", "did you mean 'Monaco'"),
        ("Munza", "did you mean 'Monza'"),
        ("Italy", "Emilia Romagna Grand Prix, Italian Grand Prix"),
        ("", "no event ''"),
        ("grand prix", "no event 'grand prix'"),
        (99, "no round '99'"),
    ],
)
def test_anything_else_is_refused_with_a_hint(wanted, hint):
    with pytest.raises(UnknownName) as caught:
        find_event(SEASON, wanted)
    assert hint in str(caught.value)


@pytest.mark.parametrize(
    ("event", "location", "circuit"),
    [
        ("Monaco Grand Prix", "Monte Carlo", "Monaco"),
        ("Canadian Grand Prix", "Montréal", "Montréal"),
        ("Canadian Grand Prix", "Montreal", "Montréal"),
        ("São Paulo Grand Prix", "São Paulo", "Interlagos"),
        ("Belgian Grand Prix", "Spa-Francorchamps", "Spa"),
        ("Abu Dhabi Grand Prix", "Yas Island", "Yas Marina"),
        ("Abu Dhabi Grand Prix", "Yas Marina", "Yas Marina"),
        ("Bahrain Grand Prix", "Sakhir", "Bahrain"),
        ("Sakhir Grand Prix", "Sakhir", "Bahrain Outer"),
        ("Sakhir Grand Prix", None, "Bahrain Outer"),
        ("Emilia Romagna Grand Prix", None, "Imola"),
        ("Eifel Grand Prix", None, "Nürburgring"),
        ("Tuscan Grand Prix", None, "Mugello"),
        ("70th Anniversary Grand Prix", None, "Silverstone"),
        ("Mexican Grand Prix", None, "Mexico"),
        ("Mexico City Grand Prix", "Mexico City", "Mexico"),
        ("Moon Grand Prix", None, "Moon"),
        ("Moon Grand Prix", "Tycho", "Tycho"),
    ],
)
def test_one_name_for_each_circuit(event, location, circuit):
    assert circuit_name(event, location) == circuit
