"""``%f1`` in IPython and Jupyter: load a weekend, then ask about it by name.

    %load_ext f1lab
    %f1 load 2023 Monaco
    report = %f1 autopsy HAM

Every answer is the object the Python function returns, so that ``_`` and an assignment hold it.
A mistake is one line and stops the cell. Tab completes words, options, events, drivers and teams.
"""

from __future__ import annotations

import argparse
import shlex
from typing import TYPE_CHECKING, Any, NoReturn

from IPython.core.completer import SimpleCompletion, context_matcher
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class

from f1lab.data.circuits import fold, known_circuits
from f1lab.data.source import load as load_weekend
from f1lab.data.source import load_demo, schedule
from f1lab.errors import F1LabError, InvalidInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterable

    from IPython.core.completer import CompletionContext, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from f1lab.data.schema import Weekend

__all__ = ["F1Magics", "load"]

_DEMO = "demo"
_QUOTES = "'\""
_SESSIONS = ("R", "Q")
_WHAT = ("drivers", "cars", "teams")
_OBJECTIVES = ("points", "position", "time")
_REFERENCES = ("winner", "teammate", "ideal")


class _Parser(argparse.ArgumentParser):
    """Says what is wrong instead of ending the program."""

    def error(self, message: str) -> NoReturn:
        raise InvalidInput(f"{message}. Usage: {self.usage_line()}")

    def usage_line(self) -> str:
        """How the command is written, in one line."""
        return " ".join(self.format_usage().split()).removeprefix("usage: ")


def _parsers() -> dict[str, _Parser]:
    """The commands, each with its own options."""
    made = {
        name: _Parser(prog=f"%f1 {name}", description=about, add_help=False, allow_abbrev=False)
        for name, about in {
            "load": "Load a weekend and keep it for the other commands; demo needs no data.",
            "autopsy": "What cost a driver the race.",
            "compare": "Two drivers, their cars, or two teams.",
            "strategy": "A driver's plans, before the race or from a lap on.",
            "analyze": "What to read first after a session, of all cars or of one.",
            "help": "This list.",
        }.items()
    }
    made["load"].add_argument("year", metavar="YEAR")
    made["load"].add_argument("event", metavar="EVENT", nargs="*")
    made["load"].add_argument("--offline", action="store_true", default=None)
    made["load"].add_argument("--fastf1-cache", metavar="DIR")
    made["load"].add_argument("--recording", metavar="FILE")
    made["autopsy"].add_argument("driver", metavar="DRIVER")
    made["autopsy"].add_argument("--reference", "-r", metavar="WHO", default="winner")
    made["compare"].add_argument("one", metavar="ONE")
    made["compare"].add_argument("other", metavar="OTHER")
    made["compare"].add_argument("--what", choices=_WHAT, default="drivers")
    made["compare"].add_argument("--session", choices=_SESSIONS, type=str.upper)
    made["strategy"].add_argument("driver", metavar="DRIVER")
    made["strategy"].add_argument("--at-lap", type=int, metavar="LAP", default=0)
    made["strategy"].add_argument("--objective", choices=_OBJECTIVES, default="points")
    made["strategy"].add_argument("--races", type=int, metavar="N", default=800)
    made["strategy"].add_argument("--seed", type=int, metavar="N", default=0)
    who = made["analyze"].add_mutually_exclusive_group()
    who.add_argument("--driver", metavar="CODE")
    who.add_argument("--car", metavar="CODE")
    made["analyze"].add_argument("--session", choices=_SESSIONS, type=str.upper)
    return made


@magics_class
class F1Magics(Magics):
    """The ``%f1`` magic and the weekend it talks about."""

    def __init__(self, shell: InteractiveShell) -> None:
        super().__init__(shell)
        self.weekend: Weekend | None = None
        self.parsers = _parsers()

    @line_magic
    def f1(self, line: str) -> object:
        """Ask f1lab about a race weekend; ``%f1 help`` lists the commands.

        Parameters
        ----------
        line : str
            A command and what it is about, e.g. ``load 2023 Monaco`` or ``autopsy HAM``.

        Returns
        -------
        object
            The weekend or the result; None for the help.

        Raises
        ------
        UsageError
            Whatever f1lab refuses, as the one line it says.
        """
        try:
            return self._answer(_split(line))
        except F1LabError as error:
            raise UsageError(" ".join(str(error).split())) from None

    def _answer(self, words: list[str]) -> object:
        command, given = (words[0].lower(), words[1:]) if words else ("help", [])
        if command not in self.parsers:
            raise UnknownName("%f1 command", command, self.parsers)
        if command == "help" or {"-h", "--help"} & set(given):
            print(self._help(command))  # noqa: T201  (what was asked for)
            return None
        asked = self.parsers[command].parse_args(given)
        return getattr(self, f"_{command}")(asked)

    def _help(self, command: str) -> str:
        if command != "help":
            parser = self.parsers[command]
            return f"{parser.usage_line()}\n    {parser.description}"
        lines = [f"{p.usage_line()}\n    {p.description}" for p in self.parsers.values()]
        return "\n".join(lines)

    def _load(self, asked: argparse.Namespace) -> Weekend:
        if asked.year.lower() == _DEMO:
            self.weekend = load_demo()
            return self.weekend
        if not asked.year.isdigit() or not asked.event:
            raise InvalidInput(
                "a season and an event are needed: %f1 load 2023 Monaco, or %f1 load demo."
            )
        self.weekend = load_weekend(
            int(asked.year),
            " ".join(asked.event),
            offline=asked.offline,
            fastf1_cache=asked.fastf1_cache,
            recording=asked.recording,
        )
        return self.weekend

    def _loaded(self) -> Weekend:
        if self.weekend is None:
            raise InvalidInput("no weekend is loaded yet: %f1 load 2023 Monaco, or %f1 load demo.")
        return self.weekend

    def _autopsy(self, asked: argparse.Namespace) -> object:
        from f1lab.autopsy import autopsy  # noqa: PLC0415  (each command imports what it needs)

        who = asked.reference.lower()
        reference = who if who in _REFERENCES else asked.reference.upper()
        return autopsy(self._loaded(), asked.driver.upper(), reference=reference)

    def _compare(self, asked: argparse.Namespace) -> object:
        from f1lab import compare  # noqa: PLC0415

        weekend = self._loaded()
        if asked.what == "cars":
            return compare.cars(weekend, asked.one, asked.other, session=asked.session)
        if asked.session is not None:
            raise InvalidInput("--session belongs to --what cars; leave it out.")
        ask = compare.teams if asked.what == "teams" else compare.drivers
        return ask(weekend, asked.one, asked.other)

    def _strategy(self, asked: argparse.Namespace) -> object:
        from f1lab.engine.history import season_so_far  # noqa: PLC0415
        from f1lab.strategy import optimize  # noqa: PLC0415

        weekend = self._loaded()
        return optimize(
            weekend,
            asked.driver.upper(),
            asked.at_lap,
            asked.objective,
            n=asked.races,
            seed=asked.seed,
            history=season_so_far(weekend),
            tables=True,
        )

    def _analyze(self, asked: argparse.Namespace) -> object:
        from f1lab import analyze  # noqa: PLC0415

        weekend = self._loaded()
        if asked.driver is not None:
            if asked.session == "Q":
                raise InvalidInput("a driver is judged on the race: leave --session out.")
            return analyze.driver(weekend, asked.driver)
        if asked.car is not None:
            return analyze.car(weekend, asked.car, session=asked.session)
        return analyze.session(weekend, session=asked.session or "R")

    @context_matcher()  # type: ignore[untyped-decorator]  # IPython's has no types
    def complete(self, context: CompletionContext) -> SimpleMatcherResult:
        """What could follow on a line that begins with ``%f1``, alone or after an assignment."""
        typed = _typed(context.text_until_cursor)
        if typed is None:
            return {"completions": []}
        word = typed[-1]
        told = [SimpleCompletion(text, type="f1lab") for text in self._following(typed)]
        return {"completions": told, "matched_fragment": word, "suppress": True, "ordered": True}

    def _following(self, typed: list[str]) -> list[str]:
        """Texts that could stand in place of the last word."""
        *before, word = typed
        if not before:
            return _beginning(self.parsers, word)
        command, *given = before
        if command not in self.parsers:
            return []
        options = {o: a for a in self.parsers[command]._actions for o in a.option_strings}  # noqa: SLF001  (argparse has no other way to list them)
        if given and given[-1] in options and options[given[-1]].nargs != 0:
            return _beginning(self._values(options[given[-1]]), word)
        if word.startswith("-"):
            return _beginning((o for o in options if o.startswith("--") and o not in given), word)
        if command == "load":
            return _events(given, word)
        return _beginning(self._names(command, given), word)

    def _values(self, option: argparse.Action) -> Iterable[str]:
        """What an option can be given."""
        if option.choices is not None:
            return [str(choice) for choice in option.choices]
        if option.dest == "reference":
            return [*_REFERENCES, *self._drivers()]
        return self._drivers() if option.dest in {"driver", "car"} else []

    def _names(self, command: str, given: list[str]) -> list[str]:
        """Drivers or teams a command asks for, those already named left out."""
        if command not in {"autopsy", "strategy", "compare"}:
            return []
        names = self._teams() if "teams" in given else self._drivers()
        return [name for name in names if name not in given]

    def _drivers(self) -> list[str]:
        return [] if self.weekend is None else sorted(self.weekend.race.results["driver"])

    def _teams(self) -> list[str]:
        teams = [] if self.weekend is None else sorted(set(self.weekend.race.results["team"]))
        return [shlex.quote(team) for team in teams]


def load(shell: InteractiveShell) -> None:
    """Register ``%f1`` and its completion; ``%load_ext f1lab`` calls it.

    Parameters
    ----------
    shell : IPython.core.interactiveshell.InteractiveShell
    """
    from f1lab.data.schema import Weekend  # noqa: PLC0415  (only to show one)

    magics = F1Magics(shell)
    shell.register_magics(magics)
    others = [
        matcher
        for matcher in shell.Completer.custom_matchers
        if not isinstance(getattr(matcher, "__self__", None), F1Magics)
    ]
    shell.Completer.custom_matchers = [*others, magics.complete]
    formatter = shell.display_formatter
    if formatter is not None:
        formatter.formatters["text/plain"].for_type(Weekend, _show_weekend)


def _show_weekend(weekend: Weekend, printer: Any, _cycle: bool) -> None:  # noqa: ANN401, FBT001  (IPython's printer)
    drivers = ", ".join(sorted(weekend.race.results["driver"]))
    qualifying = ", qualifying" if weekend.qualifying is not None else ""
    printer.text(
        f"{weekend.year} {weekend.event}, {weekend.circuit}: race of {weekend.race.total_laps} "
        f"laps{qualifying}. Drivers: {drivers}."
    )


def _split(line: str) -> list[str]:
    try:
        return shlex.split(line)
    except ValueError as error:
        raise InvalidInput(f"a quotation mark is not closed in {line!r}.") from error


def _typed(text: str) -> list[str] | None:
    """Words after ``%f1``, the last one unfinished; None on any other line."""
    line = text.rsplit("\n", 1)[-1]
    before, magic, words = line.partition("%f1 ")
    assigned = before.strip()
    if not magic or (assigned and not assigned.endswith("=")):
        return None
    return [*words.split(), ""] if not words or words[-1].isspace() else words.split()


def _beginning(names: Iterable[str], word: str) -> list[str]:
    """Names that begin with a word, whatever their case, accents and quotation marks."""
    begun = fold(word.lstrip(_QUOTES))
    return [name for name in names if fold(name.lstrip(_QUOTES)).startswith(begun)]


def _events(given: list[str], word: str) -> list[str]:
    """Seasons, then events; of a name of several words what is still to come."""
    places = [part for part in given if not part.startswith("-")]
    if not places:
        return _beginning([_DEMO], word)
    if not places[0].isdigit():
        return []
    done = "".join(f"{fold(part)} " for part in places[1:])
    return [
        name.split(" ", len(places) - 1)[-1]
        for name in _event_names(int(places[0]))
        if fold(name).startswith(done + fold(word)) and len(name.split()) >= len(places)
    ]


def _event_names(year: int) -> list[str]:
    """Events and circuits of a season if its calendar is at hand, else every known circuit."""
    try:
        calendar = schedule(year, offline=True)
    except F1LabError:
        return known_circuits()
    names = [event.name.removesuffix(" Grand Prix") for event in calendar]
    return list(dict.fromkeys([*names, *(event.circuit for event in calendar)]))
