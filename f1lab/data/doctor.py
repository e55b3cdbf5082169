"""What f1lab finds on this machine: versions, caches, sources, and what to do about the rest.

The archive and OpenF1 are asked for one small file each, to see who would answer and who wants an
account.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
from collections import Counter
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path

from f1lab.data.cache import keys, stats
from f1lab.data.openf1_client import FIRST_SEASON
from f1lab.settings import Settings, settings

__all__ = ["Advice", "DoctorReport", "FolderReport", "SourceReport", "doctor"]

_PACKAGES = (
    "f1lab",
    "numpy",
    "pandas",
    "scipy",
    "fastf1",
    "joblib",
    "plotly",
    "anywidget",
    "ipywidgets",
    "pydantic",
    "papermill",
    "markdown-it-py",
    "jupyterlab",
    "fastapi",
    "uvicorn",
    "dask",
    "pyarrow",
)
#: Packages that only some commands need, and how they are installed.
_OPTIONAL = {
    "papermill": "reports need it: pip install 'f1lab[reports]'",
    "markdown-it-py": "reports need it: pip install 'f1lab[reports]'",
    "jupyterlab": "the notebooks need it: pip install 'f1lab[lab]'",
    "fastapi": "f1lab serve needs it: pip install 'f1lab[api]'",
    "uvicorn": "f1lab serve needs it: pip install 'f1lab[api]'",
    "dask": "batches on a cluster need it: pip install 'f1lab[batch]'",
    "pyarrow": "batches write Parquet with it: pip install 'f1lab[batch]'",
}
#: A small file of a season that is over: who may read it may read the rest.
_ARCHIVE_URL = "https://livetiming.formula1.com/static/2023/Index.json"
_NETWORK_TIMEOUT_S = 2.0
_REFUSED = (401, 403)
#: Where real races come from.
_REAL_RACES = ("our cache", "fastf1 cache", "fastf1 network", "openf1")
_LITTLE_DISK_BYTES = 500_000_000
_RACE_FOLDER = "_Race"
_LAP_FILE = "_extended_timing_data.ff1pkl"


@dataclass(frozen=True)
class FolderReport:
    """One folder f1lab writes to.

    Parameters
    ----------
    name : str
        What it is for.
    path : str
        Where it is.
    exists, writable : bool
        Whether it is there and can be written (or made).
    size_bytes, free_bytes : int
        What it takes, and what is left on its disk [bytes].
    """

    name: str
    path: str
    exists: bool
    writable: bool
    size_bytes: int
    free_bytes: int


@dataclass(frozen=True)
class SourceReport:
    """Whether one source would answer.

    Parameters
    ----------
    name : str
        Name of the source.
    answers : bool
        Whether it would.
    detail : str
        What it has, or why not.
    needs : str
        What it takes.
    """

    name: str
    answers: bool
    detail: str
    needs: str


@dataclass(frozen=True)
class Advice:
    """Something missing, and what to do about it.

    Parameters
    ----------
    missing : str
        What is missing or wrong.
    do : str
        What to do.
    """

    missing: str
    do: str


@dataclass(frozen=True)
class DoctorReport:
    """Everything :func:`doctor` found.

    Parameters
    ----------
    versions : dict of str to str
        Python and packages; ``""`` for one that is not installed.
    folders : tuple of FolderReport
        Caches.
    sources : tuple of SourceReport
        Where weekends could come from.
    auto : tuple of str
        What ``source="auto"`` would do, in order, each a sentence.
    advice : tuple of Advice
        What is missing; empty when all is well.
    offline : bool
        Whether offline mode is on.
    """

    versions: dict[str, str]
    folders: tuple[FolderReport, ...]
    sources: tuple[SourceReport, ...]
    auto: tuple[str, ...]
    advice: tuple[Advice, ...]
    offline: bool

    @property
    def healthy(self) -> bool:
        """Whether at least the demo works and the cache can be written."""
        return self.sources[0].answers and all(folder.writable for folder in self.folders)

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain values, ready for JSON."""
        return {**asdict(self), "healthy": self.healthy}


def doctor(*, offline: bool | None = None, fastf1_cache: str | Path | None = None) -> DoctorReport:
    """Look at versions, caches and sources; takes at most about three seconds.

    Parameters
    ----------
    offline : bool, optional
        Never touch the network; default: ``F1LAB_OFFLINE``.
    fastf1_cache : str or Path, optional
        A FastF1 cache folder; default: ``F1LAB_FASTF1_CACHE``.

    Returns
    -------
    DoctorReport
        What was found, and what to do about what was not.
    """
    held = settings(offline=offline, fastf1_cache=fastf1_cache)
    versions = _versions()
    folders = (
        _folder("f1lab cache", held.cache_dir.expanduser()),
        _folder("FastF1 cache", held.fastf1_dir),
    )
    archive, openf1 = _networks(held)
    sources = (
        _demo(),
        _our_cache(held),
        _fastf1_cache(held),
        archive,
        openf1,
        _livetiming(versions),
    )
    return DoctorReport(
        versions=versions,
        folders=folders,
        sources=sources,
        auto=tuple(_auto(sources)),
        advice=tuple(_advice(versions, folders, sources, held)),
        offline=held.offline,
    )


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in _PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = ""
    if not found["f1lab"]:
        from f1lab import __version__  # noqa: PLC0415  (run from a checkout)

        found["f1lab"] = __version__
    return found


def _folder(name: str, path: Path) -> FolderReport:
    """Look at one folder; one that is not there is judged by the nearest one above it."""
    near = next(p for p in (path, *path.parents) if p.exists())
    size = stats(folder=path).size_bytes if name == "f1lab cache" else _tree_bytes(path)
    return FolderReport(
        name=name,
        path=str(path),
        exists=path.is_dir(),
        writable=near.is_dir() and os.access(near, os.W_OK | os.X_OK),
        size_bytes=size,
        free_bytes=shutil.disk_usage(near).free,
    )


def _tree_bytes(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _demo() -> SourceReport:
    found = (Path(__file__).parent / "demo" / "__init__.py").is_file()
    detail = "a synthetic weekend with known truth" if found else "not installed"
    return SourceReport("demo", found, detail, "nothing")


def _our_cache(held: Settings) -> SourceReport:
    """Races that were loaded once, by who gave them."""
    found = Counter(
        key.rpartition("/")[2]
        for key in keys("f1/session/*/R/*", folder=held.cache_dir.expanduser())
        if key.endswith(("/fastf1", "/openf1"))
    )
    told = ", ".join(f"{number} from {name}" for name, number in sorted(found.items()))
    detail = f"races loaded before: {told or 'none'}"
    return SourceReport("our cache", bool(found), detail, "a race loaded before")


def _fastf1_cache(held: Settings) -> SourceReport:
    races = sorted(
        path.parent.parent.name for path in held.fastf1_dir.glob(f"*/*/*{_RACE_FOLDER}/{_LAP_FILE}")
    )
    what = f"{len(races)} races in {held.fastf1_dir}"
    return SourceReport("fastf1 cache", bool(races), what, "a FastF1 cache folder")


def _networks(held: Settings) -> tuple[SourceReport, SourceReport]:
    """Formula 1's archive and OpenF1, asked at the same time."""
    if held.offline:
        silent = "offline mode is on"
        return _archive_report(silent), _openf1_report(held.openf1_url, silent)
    urls = (_ARCHIVE_URL, f"{held.openf1_url.rstrip('/')}/meetings?year={FIRST_SEASON}")
    pool = ThreadPoolExecutor(max_workers=2)
    try:  # in threads, because looking up a name has no timeout of its own
        asked = [pool.submit(_status, url) for url in urls]
        wait(asked, timeout=_NETWORK_TIMEOUT_S + 0.5)
        told = [one.result() if one.done() else "no answer" for one in asked]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    return _archive_report(told[0]), _openf1_report(held.openf1_url, told[1])


def _status(url: str) -> int | str:
    """Status of the answer to a question, or why there is none."""
    import httpx  # noqa: PLC0415  (only when the network is asked)

    try:
        return httpx.get(url, timeout=_NETWORK_TIMEOUT_S, follow_redirects=True).status_code
    except httpx.TimeoutException:
        return "no answer"
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
        return str(error) or type(error).__name__


def _archive_report(told: int | str) -> SourceReport:
    """What the archive said, and whether an account could change it."""
    account = "F1_USERNAME" in os.environ and "F1_PASSWORD" in os.environ
    host = _ARCHIVE_URL.split("/")[2]
    if isinstance(told, str):
        answers, detail = False, f"{host}: {told}"
    elif told in _REFUSED and account:
        answers, detail = True, f"{host} wants an account ({told}); the one set will be tried"
    elif told in _REFUSED:
        answers, detail = False, f"{host} wants an account ({told}), and none is set"
    else:
        answers = told < HTTPStatus.BAD_REQUEST
        detail = f"{host} answers {told}; {'an' if account else 'no'} F1 account is set"
    needs = "network, an F1 account with F1 TV"
    return SourceReport("fastf1 network", answers, detail, needs)


def _openf1_report(url: str, told: int | str) -> SourceReport:
    """What OpenF1 said."""
    if isinstance(told, str):
        answers, detail = False, f"{url}: {told}"
    elif told in _REFUSED:
        answers, detail = (
            False,
            f"{url} answers {told}: a session is on, others wait until it is over",
        )
    else:
        answers, detail = told < HTTPStatus.BAD_REQUEST, f"{url} answers {told}"
    needs = f"network, no account; {FIRST_SEASON} and later"
    return SourceReport("openf1", answers, detail, needs)


def _auto(sources: tuple[SourceReport, ...]) -> list[str]:
    """What ``auto`` would do now, in order, and why."""
    by_name = {source.name: source for source in sources}
    archive, openf1 = by_name["fastf1 network"], by_name["openf1"]
    told = [f"first our cache: {by_name['our cache'].detail}"]
    disk = by_name["fastf1 cache"]
    told.append(f"then FastF1: {disk.detail} need no network, the others do: {archive.detail}")
    if not archive.answers and openf1.answers:
        told.append(f"then OpenF1, which gives what those two have not: {openf1.detail}")
    elif openf1.answers:
        told.append(f"then OpenF1, if FastF1 fails: {openf1.detail}")
    else:
        told.append(f"then OpenF1, which does not answer now: {openf1.detail}")
    return told


def _livetiming(versions: dict[str, str]) -> SourceReport:
    detail = "reads recordings: load(year, event, recording=path)"
    return SourceReport("livetiming", bool(versions["fastf1"]), detail, "a recording")


def _advice(
    versions: dict[str, str],
    folders: tuple[FolderReport, ...],
    sources: tuple[SourceReport, ...],
    held: Settings,
) -> list[Advice]:
    told = [
        Advice(f"{name} is not installed", how)
        for name, how in _OPTIONAL.items()
        if not versions[name]
    ]
    for folder in folders:
        variable = "F1LAB_CACHE_DIR" if folder.name == "f1lab cache" else "F1LAB_FASTF1_CACHE"
        if not folder.writable:
            told.append(
                Advice(
                    f"{folder.path} cannot be written",
                    f"set {variable} to a folder that can, or copy it to one",
                )
            )
        if folder.free_bytes < _LITTLE_DISK_BYTES:
            told.append(Advice(f"little disk left at {folder.path}", "run f1lab cache clear"))
    by_name = {source.name: source for source in sources}
    archive, openf1 = by_name["fastf1 network"], by_name["openf1"]
    if not archive.answers and not held.offline:
        how = f"races of {FIRST_SEASON} and later come from OpenF1 meanwhile; older ones need it"
        if "wants an account" in archive.detail:
            account = "set F1_USERNAME and F1_PASSWORD of one with an F1 TV subscription"
            told.append(Advice(archive.detail, f"{account}; {how}"))
        elif openf1.answers:
            told.append(Advice("Formula 1's archive does not answer", how))
    if not any(by_name[name].answers for name in _REAL_RACES):
        how = "point F1LAB_FASTF1_CACHE to a FastF1 cache folder"
        online = " or unset F1LAB_OFFLINE" if held.offline else " or connect to the internet"
        told.append(Advice("no real races can be loaded", how + online))
    return told
