"""How long a report takes, from the weekend to the finished page."""

from __future__ import annotations

import pytest

from f1lab.reporting import run_report


@pytest.mark.benchmark(group="report")
def test_demo_report(benchmark, tmp_path):
    """Target: at most 15 s and 3 MB."""
    result = benchmark.pedantic(
        run_report, args=("autopsy", {}, tmp_path), rounds=2, warmup_rounds=0
    )
    size_mb = result.files[0].stat().st_size / 1e6
    benchmark.extra_info["size_mb"] = round(size_mb, 2)
    assert size_mb <= 3.0
