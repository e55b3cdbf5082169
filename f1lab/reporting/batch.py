"""Many reports at once: one process each, a progress bar, and no one's failure is another's."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from f1lab.errors import F1LabError, InvalidInput, ReportError
from f1lab.reporting.run import ReportResult, run_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["BatchResult", "ReportJob", "run_batch"]


@dataclass(frozen=True)
class ReportJob:
    """One report to be made: the arguments of :func:`f1lab.reporting.run_report`.

    ``label`` is how the job is called in the progress bar and in the list of failures.
    """

    label: str
    name: str
    parameters: Mapping[str, object]
    output: Path
    formats: tuple[str, ...] = ("html",)
    stem: str | None = None


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch.

    Parameters
    ----------
    reports : tuple of ReportResult
        The finished ones, in the order of the jobs.
    failures : dict of str to str
        Label of a job to the reason it failed.
    """

    reports: tuple[ReportResult, ...]
    failures: Mapping[str, str] = field(default_factory=dict)


def run_batch(jobs: Sequence[ReportJob], n_jobs: int = 1, *, progress: bool = True) -> BatchResult:
    """Run reports, several at a time.

    Parameters
    ----------
    jobs : sequence of ReportJob
        Load the weekend they share once before, so that the workers find it in the cache.
    n_jobs : int
        Reports at a time, at least 1. Each needs a process of its own and about half a
        gigabyte of memory.
    progress : bool
        Show a progress bar on standard error.

    Returns
    -------
    BatchResult
        A report that fails doesn't stop the others.

    Raises
    ------
    InvalidInput
        ``n_jobs`` below 1.
    ReportError
        A worker process was killed; what was finished is there.
    """
    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import TerminatedWorkerError
    from tqdm import tqdm

    if n_jobs < 1:
        raise InvalidInput(f"the number of reports at a time must be 1 or more, not {n_jobs}.")
    # Papermill changes process-wide state: processes, never threads.
    parallel = Parallel(n_jobs=min(n_jobs, len(jobs) or 1), backend="loky", return_as="generator")
    bar = tqdm(total=len(jobs), unit="report", file=sys.stderr, disable=not progress)
    done: list[ReportResult | str] = []
    try:
        for outcome in parallel(delayed(_attempt)(job) for job in jobs):
            done.append(outcome)
            bar.update()
    except TerminatedWorkerError as error:
        raise ReportError(
            f"a worker process was killed after {len(done)} of {len(jobs)} reports, out of "
            "memory perhaps. Try fewer at a time with -j 1; finished reports are kept."
        ) from error
    finally:
        bar.close()
    return BatchResult(
        reports=tuple(outcome for outcome in done if isinstance(outcome, ReportResult)),
        failures={
            job.label: outcome
            for job, outcome in zip(jobs, done, strict=True)
            if isinstance(outcome, str)
        },
    )


def _attempt(job: ReportJob) -> ReportResult | str:
    """The report, or the sentence that says why there is none."""
    try:
        return run_report(job.name, job.parameters, job.output, job.formats, job.stem)
    except F1LabError as error:
        return str(error)
