"""What f1lab finds on this machine: versions, caches, sources, and what to do about the rest."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import shutil
import socket
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as Late
from dataclasses import asdict, dataclass
from pathlib import Path

from f1lab.data.cache import stats
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
    "pyarrow",
)
#: Packages that only some commands need, and how they are installed.
_OPTIONAL = {
    "papermill": "reports need it: pip install 'f1lab[reports]'",
    "markdown-it-py": "reports need it: pip install 'f1lab[reports]'",
    "jupyterlab": "the notebooks need it: pip install 'f1lab[lab]'",
    "pyarrow": "only calibration scripts need it: pip install pyarrow",
}
_ARCHIVE = ("livetiming.formula1.com", 443)
_NETWORK_TIMEOUT_S = 2.0
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
    """

    name: str
    answers: bool
    detail: str


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
    advice : tuple of Advice
        What is missing; empty when all is well.
    offline : bool
        Whether offline mode is on.
    """

    versions: dict[str, str]
    folders: tuple[FolderReport, ...]
    sources: tuple[SourceReport, ...]
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
    sources = (_demo(), _fastf1_cache(held), _network(held), _livetiming(versions))
    return DoctorReport(
        versions=versions,
        folders=folders,
        sources=sources,
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
    detail = "a synthetic weekend with known truth; needs nothing" if found else "not installed"
    return SourceReport("demo", found, detail)


def _fastf1_cache(held: Settings) -> SourceReport:
    races = sorted(
        path.parent.parent.name for path in held.fastf1_dir.glob(f"*/*/*{_RACE_FOLDER}/{_LAP_FILE}")
    )
    what = f"{len(races)} races in {held.fastf1_dir}"
    return SourceReport("fastf1 cache", bool(races), what)


def _network(held: Settings) -> SourceReport:
    if held.offline:
        return SourceReport("fastf1 network", answers=False, detail="offline mode is on")
    host = _ARCHIVE[0]
    pool = ThreadPoolExecutor(max_workers=1)
    try:  # in a thread, because looking up a name has no timeout of its own
        pool.submit(_connects).result(timeout=_NETWORK_TIMEOUT_S + 0.5)
    except (OSError, Late) as error:
        why = "no answer" if isinstance(error, TimeoutError | Late) else str(error)
        return SourceReport("fastf1 network", answers=False, detail=f"{host}: {why}")
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
    account = "F1_USERNAME" in os.environ and "F1_PASSWORD" in os.environ
    detail = f"{host} answers; " + ("an account is set" if account else "no F1 account is set")
    return SourceReport("fastf1 network", answers=True, detail=detail)


def _connects() -> None:
    with socket.create_connection(_ARCHIVE, timeout=_NETWORK_TIMEOUT_S):
        pass


def _livetiming(versions: dict[str, str]) -> SourceReport:
    detail = "reads recordings: load(year, event, recording=path)"
    return SourceReport("livetiming", bool(versions["fastf1"]), detail)


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
    _, archive, network, _ = sources
    if not archive.answers and not network.answers:
        how = "point F1LAB_FASTF1_CACHE to a FastF1 cache folder"
        online = " or unset F1LAB_OFFLINE" if held.offline else " or connect to the internet"
        told.append(Advice("no real races can be loaded", how + online))
    return told
