"""Reports: a parameterised notebook run start to end, one finished HTML or PDF out.

``run_report`` runs one, ``run_batch`` many in parallel. Either a report is complete or it is
not there: everything is written under a temporary name and renamed at the end, and a run that
failed leaves only ``*.failed.ipynb`` with the cell that failed.
"""

from __future__ import annotations

from f1lab.reporting.batch import BatchResult, ReportJob, run_batch
from f1lab.reporting.parameters import (
    AutopsyParameters,
    ComparisonParameters,
    SeasonParameters,
    check_autopsy_parameters,
    check_comparison_parameters,
    check_season_parameters,
)
from f1lab.reporting.run import FORMATS, ReportResult, run_report

__all__ = [
    "FORMATS",
    "AutopsyParameters",
    "BatchResult",
    "ComparisonParameters",
    "ReportJob",
    "ReportResult",
    "SeasonParameters",
    "check_autopsy_parameters",
    "check_comparison_parameters",
    "check_season_parameters",
    "run_batch",
    "run_report",
]
