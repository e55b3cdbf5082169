"""Run one report notebook and turn it into finished files."""

from __future__ import annotations

import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from f1lab.errors import InvalidInput, ReportError, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbformat import NotebookNode

__all__ = ["FORMATS", "ReportResult", "run_report", "template_path"]

FORMATS = ("html", "pdf")
CELL_TIMEOUT_S = 600
KERNEL_START_TIMEOUT_S = 120

_PACKAGE = Path(__file__).parent


@dataclass(frozen=True)
class ReportResult:
    """A finished report.

    Parameters
    ----------
    name : str
        Name of the report, e.g. ``"autopsy"``.
    files : tuple of Path
        One finished file per format, in the order asked for.
    seconds : float
        How long it took [s].
    """

    name: str
    files: tuple[Path, ...]
    seconds: float


def run_report(
    name: str,
    parameters: Mapping[str, object],
    output: str | Path,
    formats: Sequence[str] = ("html",),
    stem: str | None = None,
) -> ReportResult:
    """Run a report and write its finished files.

    Parameters
    ----------
    name : str
        Name of a report, e.g. ``"autopsy"``.
    parameters : mapping
        Values for the notebook's parameters; each must be one it knows.
    output : str or Path
        Folder for the files, made when it isn't there.
    formats : sequence of str
        Any of ``"html"`` and ``"pdf"``.
    stem : str, optional
        File name without ending; the report's name when left out.

    Returns
    -------
    ReportResult

    Raises
    ------
    UnknownName
        No such report.
    InvalidInput
        No such format.
    ReportError
        An unknown parameter, a cell that failed (the notebook is then kept as
        ``<stem>.failed.ipynb``), a folder that can't be written to, a full disk, or no browser
        for a PDF. No file that looks finished is left behind.
    """
    started = time.perf_counter()
    formats = check_formats(formats)
    template = template_path(name)
    _check_names(name, template, parameters)
    folder, stem = Path(output), stem or name
    with _clear_errors(folder), _work_folder(folder, stem) as work:
        notebook = _execute(template, parameters, work / f"{stem}.ipynb", folder)
        made = _export(notebook, work / stem, formats)
        files = tuple(file.replace(folder / file.name) for file in made)
        (folder / f"{stem}.failed.ipynb").unlink(missing_ok=True)
    return ReportResult(name, files, time.perf_counter() - started)


def check_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Return the formats in small letters without doubles, or raise :class:`InvalidInput`.

    Examples
    --------
    >>> check_formats(["HTML", "pdf", "html"])
    ('html', 'pdf')
    """
    wanted = tuple(dict.fromkeys(f.strip().lower() for f in formats))
    if not wanted or not set(wanted) <= set(FORMATS):
        raise InvalidInput(
            f"formats must be among {', '.join(FORMATS)}; not {','.join(formats)!r}."
        )
    return wanted


def template_path(name: str) -> Path:
    """Return the notebook of a report, from the package or the checkout beside it.

    Raises
    ------
    UnknownName
        No such report.
    """
    folders = (_PACKAGE / "templates", _PACKAGE.parents[1] / "reports")
    folder = next((f for f in folders if f.is_dir()), folders[0])
    known = sorted(path.stem for path in folder.glob("*.ipynb") if ".failed" not in path.name)
    if name not in known:
        raise UnknownName("report", name, known)
    return folder / f"{name}.ipynb"


def _check_names(name: str, template: Path, parameters: Mapping[str, object]) -> None:
    """Refuse a parameter the notebook doesn't know; papermill would only warn."""
    from papermill import inspect_notebook

    known = inspect_notebook(template)
    unknown = sorted(set(parameters) - set(known))
    if unknown:
        raise ReportError(
            f"the {name} report has no parameter {', '.join(unknown)}. Allowed: {', '.join(known)}."
        )


@contextmanager
def _clear_errors(folder: Path) -> Iterator[None]:
    """Say in one line what the operating system refused."""
    try:
        yield
    except OSError as error:
        raise ReportError(
            f"cannot write the report to {folder}: {error.strerror or error}. "
            "Nothing was left behind; free some space or name another folder with --output."
        ) from error


@contextmanager
def _work_folder(folder: Path, stem: str) -> Iterator[Path]:
    """A hidden folder on the same disk, so that the last step is a rename."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{stem}-", dir=folder) as work:
        yield Path(work)


def _execute(
    template: Path, parameters: Mapping[str, object], target: Path, folder: Path
) -> NotebookNode:
    """Run the notebook; on failure keep it as ``*.failed.ipynb`` and say which error."""
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        executed: NotebookNode = papermill.execute_notebook(
            template,
            target,
            parameters=dict(parameters),
            progress_bar=False,
            execution_timeout=CELL_TIMEOUT_S,
            start_timeout=KERNEL_START_TIMEOUT_S,
            kernel_manager_class="f1lab.reporting.kernel.SameInterpreter",
        )
    except PapermillExecutionError as error:
        reason = error.evalue if _is_ours(error.ename) else f"{error.ename}: {error.evalue}"
    except CellTimeoutError:
        reason = f"a cell took longer than {CELL_TIMEOUT_S} s."
    except DeadKernelError:
        reason = "the notebook's Python process died, out of memory perhaps."
    else:
        return executed
    if not target.exists():
        raise ReportError(reason)
    kept = target.replace(folder / f"{target.stem}.failed.ipynb")
    raise ReportError(f"{reason.rstrip('.')}. The notebook is kept as {kept}.")


def _is_ours(error_name: str) -> bool:
    """Whether an exception of this name is a sentence of f1lab's own."""
    from f1lab import errors

    return error_name in errors.__all__


def _export(notebook: NotebookNode, stem: Path, formats: Sequence[str]) -> list[Path]:
    """Write the HTML, from it the PDF if asked for, and return what was asked for."""
    from f1lab.reporting.html import notebook_to_html
    from f1lab.reporting.pdf import html_to_pdf

    html = stem.with_name(stem.name + ".html")
    html.write_text(notebook_to_html(notebook), encoding="utf-8")
    if "pdf" in formats:
        html_to_pdf(html, stem.with_name(stem.name + ".pdf"))
    return [stem.with_name(f"{stem.name}.{ending}") for ending in formats]
