"""HTML to PDF through an installed Chromium, the same engine that shows the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from typing import TYPE_CHECKING

from f1lab.errors import ReportError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["find_browser", "html_to_pdf"]

TIMEOUT_S = 120
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "msedge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
QUIET = (
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--no-first-run",
    "--no-default-browser-check",
)


def find_browser() -> str | None:
    """Return the program of the first Chromium-like browser installed, or None."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def html_to_pdf(html: Path, pdf: Path) -> None:
    """Print a page into a PDF.

    Parameters
    ----------
    html : Path
        An existing self-contained page.
    pdf : Path
        The file to write.

    Raises
    ------
    ReportError
        No browser is installed, or it failed.
    """
    browser = find_browser()
    if browser is None:
        raise ReportError(
            "a PDF needs Chromium or Chrome and none was found. Install one (on Debian: "
            "apt-get install chromium), or ask for HTML only with --to html."
        )
    with tempfile.TemporaryDirectory(prefix="f1lab-browser-") as profile:
        command = [browser, *QUIET, f"--user-data-dir={profile}", "--no-pdf-header-footer"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium refuses to run as root with it
        command += [f"--print-to-pdf={pdf.resolve()}", html.resolve().as_uri()]
        reason = _run(command)
    if not pdf.exists() or not pdf.read_bytes().startswith(b"%PDF"):
        raise ReportError(f"{browser} could not print the PDF: {reason}. Ask for --to html only.")


def _run(command: list[str]) -> str:
    """Run the browser and return what it said last, for the error if there is one."""
    try:
        done = subprocess.run(  # noqa: S603  (a fixed program, no shell)
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it did not answer within {TIMEOUT_S} s"
    said = [line for line in done.stderr.splitlines() if line.strip()]
    return said[-1].strip() if said else f"it ended with status {done.returncode}"
