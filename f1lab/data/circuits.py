"""One name per circuit, whatever a source calls the place.

Circuit tables (pit loss, overtaking rate, priors) are keyed by these names. A schedule gives a
town (``"Le Castellet"``), a results archive only the event (``"French Grand Prix"``): both are
translated here and nowhere else.
"""

from __future__ import annotations

import unicodedata

__all__ = ["circuit_name", "fold", "known_circuits"]

#: Places whose name differs from the name the circuit is known by.
_LOCATION = {
    "budapest": "Hungaroring",
    "le castellet": "Paul Ricard",
    "madrid": "Madring",
    "marina bay": "Singapore",
    "mexico city": "Mexico",
    "miami gardens": "Miami",
    "monte carlo": "Monaco",
    "montreal": "Montréal",
    "nurburgring": "Nürburgring",
    "portimao": "Portimão",
    "sakhir": "Bahrain",
    "sao paulo": "Interlagos",
    "spa-francorchamps": "Spa",
    "yas island": "Yas Marina",
}

#: Events by the first words of their name, for archives that give no place.
_EVENT = {
    "70th anniversary": "Silverstone",
    "abu dhabi": "Yas Marina",
    "australian": "Melbourne",
    "austrian": "Spielberg",
    "azerbaijan": "Baku",
    "bahrain": "Bahrain",
    "barcelona": "Barcelona",
    "belgian": "Spa",
    "brazilian": "Interlagos",
    "british": "Silverstone",
    "canadian": "Montréal",
    "chinese": "Shanghai",
    "dutch": "Zandvoort",
    "eifel": "Nürburgring",
    "emilia romagna": "Imola",
    "french": "Paul Ricard",
    "german": "Hockenheim",
    "hungarian": "Hungaroring",
    "italian": "Monza",
    "japanese": "Suzuka",
    "las vegas": "Las Vegas",
    "mexican": "Mexico",
    "mexico city": "Mexico",
    "miami": "Miami",
    "monaco": "Monaco",
    "portuguese": "Portimão",
    "qatar": "Lusail",
    "russian": "Sochi",
    "sao paulo": "Interlagos",
    "saudi arabian": "Jeddah",
    "singapore": "Singapore",
    "spanish": "Barcelona",
    "styrian": "Spielberg",
    "turkish": "Istanbul",
    "tuscan": "Mugello",
    "united states": "Austin",
}

#: The outer loop of Bahrain was driven once, under the name of the town.
_OUTER = "Bahrain Outer"


def fold(text: str) -> str:
    """Return a name in lower case, without accents and doubled blanks.

    Parameters
    ----------
    text : str
        Any name.

    Returns
    -------
    str
        The name as it is compared.

    Examples
    --------
    >>> fold("  São  Paulo ")
    'sao paulo'
    """
    decomposed = unicodedata.normalize("NFKD", text)
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


def circuit_name(event: str, location: str | None = None) -> str:
    """Return the circuit an event was held on.

    Parameters
    ----------
    event : str
        Name of the event, e.g. ``"French Grand Prix"``.
    location : str, optional
        Place as a schedule gives it; without it the event's name decides.

    Returns
    -------
    str
        Name of the circuit. A place not in the table is returned as it is, and so is an event
        without its ``"Grand Prix"``.

    Examples
    --------
    >>> circuit_name("French Grand Prix", "Le Castellet")
    'Paul Ricard'
    >>> circuit_name("Styrian Grand Prix")
    'Spielberg'
    """
    short = fold(event).removesuffix("grand prix").strip()
    if short == "sakhir":
        return _OUTER
    if location:
        return _LOCATION.get(fold(location), location)
    return _EVENT.get(short, event.removesuffix("Grand Prix").strip())


def known_circuits() -> list[str]:
    """Names of the circuits in the tables, sorted.

    Returns
    -------
    list of str

    Examples
    --------
    >>> known_circuits()[:3]
    ['Austin', 'Bahrain', 'Bahrain Outer']
    """
    return sorted({*_LOCATION.values(), *_EVENT.values(), _OUTER})
