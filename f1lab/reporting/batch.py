"""Many reports at once: one process each, and no one's failure is another's."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from f1lab.autopsy.spread import Lost, spread
from f1lab.errors import whole_number
from f1lab.reporting.run import ReportResult, run_report

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    Progress = Callable[[str, int, int], None]

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


def run_batch(
    jobs: Sequence[ReportJob], n_jobs: int = 1, *, progress: Progress | None = None
) -> BatchResult:
    """Run reports, several at a time.

    Parameters
    ----------
    jobs : sequence of ReportJob
        Load the weekend they share once before: the workers look into the cache and never touch
        the network.
    n_jobs : int
        Reports at a time, at least 1. Each needs a process of its own and about half a
        gigabyte of memory. Inside :func:`f1lab.batch.backends.workers` the work is done there;
        other machines need the cache and the output on a disk they share with this one.
    progress : callable, optional
        Called as ``progress(text, done, total)``, ``done`` reports being finished.

    Returns
    -------
    BatchResult
        A report that fails, or whose process is killed, doesn't stop the others.

    Raises
    ------
    InvalidInput
        ``n_jobs`` below 1.
    BatchError
        The dask scheduler went away; finished reports are kept.
    """
    n_jobs = whole_number("n_jobs", n_jobs, least=1)
    done: dict[int, ReportResult | Lost] = {}
    # Papermill changes process-wide state: processes, never threads.
    for place, outcome in spread(_run, jobs, min(n_jobs, len(jobs) or 1)):
        done[place] = outcome
        if progress is not None:
            progress(f"wrote {jobs[place].label}", len(done), len(jobs))
    outcomes = [done[place] for place in range(len(jobs))]
    return BatchResult(
        reports=tuple(outcome for outcome in outcomes if isinstance(outcome, ReportResult)),
        failures={
            job.label: outcome.reason
            for job, outcome in zip(jobs, outcomes, strict=True)
            if isinstance(outcome, Lost)
        },
    )


def _run(job: ReportJob) -> ReportResult:
    """In the worker: one report."""
    return run_report(job.name, job.parameters, job.output, job.formats, job.stem)
