"""List what a test run skipped; on CI, with the real races at hand, fail on any skip.

Usage: ``python .ci/skipped.py out/tests.xml``
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def main(report: str) -> int:
    """Print the skipped tests with their reasons and return the exit code."""
    skipped = [
        (f"{case.get('classname')}::{case.get('name')}", skip.get("message", "no reason given"))
        for case in ET.parse(report).getroot().iter("testcase")  # noqa: S314  (our own file)
        for skip in case.iter("skipped")
        if skip.get("type") != "pytest.xfail"
    ]
    for name, reason in skipped:
        print(f"SKIPPED {name}: {reason}")
    if skipped and os.environ.get("CI") == "true" and REAL_DATA.is_dir():
        print(f"{len(skipped)} tests were skipped although CI has everything they need.")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
