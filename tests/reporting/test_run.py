"""A report is finished or it is not there."""

from __future__ import annotations

import errno
import os
import sys
from pathlib import Path

import pytest

from f1lab.errors import InvalidInput, ReportError, UnknownName
from f1lab.reporting import pdf, run_batch, run_report
from f1lab.reporting.batch import ReportJob
from f1lab.reporting.run import template_path


def names(folder):
    """Everything in a folder, hidden files too."""
    return sorted(p.name for p in Path(folder).iterdir()) if Path(folder).exists() else []


def test_a_report_is_one_file(template, tmp_path):
    template("print('x is', x)")
    result = run_report("tiny", {"x": 7}, tmp_path / "out")
    assert [f.name for f in result.files] == ["tiny.html"]
    assert "x is 7" in result.files[0].read_text(encoding="utf-8")
    assert names(tmp_path / "out") == ["tiny.html"]


def test_it_runs_in_the_python_that_runs_f1lab(template, tmp_path, monkeypatch):
    # A kernel specification of that name that leads nowhere must not matter.
    elsewhere = tmp_path / "jupyter" / "kernels" / "python3"
    elsewhere.mkdir(parents=True)
    (elsewhere / "kernel.json").write_text('{"argv": ["/nowhere/python"], "display_name": "?"}')
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    template("import sys; print(sys.executable)")
    page = run_report("tiny", {}, tmp_path / "out").files[0].read_text(encoding="utf-8")
    assert sys.executable in page


def test_an_unknown_parameter_names_those_allowed(template, tmp_path):
    template("x")
    with pytest.raises(ReportError, match=r"no parameter colour\. Allowed: x\."):
        run_report("tiny", {"colour": "red"}, tmp_path / "out")
    assert names(tmp_path / "out") == []


def test_a_failing_cell_keeps_the_notebook_and_nothing_that_looks_finished(template, tmp_path):
    template("print('before')", "raise RuntimeError('boom')", "print('after')")
    with pytest.raises(ReportError, match=r"RuntimeError: boom\. The notebook is kept as .*failed"):
        run_report("tiny", {}, tmp_path / "out", ("html",))
    assert names(tmp_path / "out") == ["tiny.failed.ipynb"]
    assert "before" in (tmp_path / "out" / "tiny.failed.ipynb").read_text(encoding="utf-8")


def test_our_own_errors_come_without_their_class_name(template, tmp_path):
    template("from f1lab.errors import NoData", "raise NoData('HAM completed no lap.')")
    with pytest.raises(ReportError, match=r"^HAM completed no lap\. The notebook"):
        run_report("tiny", {}, tmp_path / "out")


def test_a_kernel_that_dies_is_said_in_one_sentence(template, tmp_path):
    template("import os; os._exit(9)")
    with pytest.raises(ReportError, match="died"):
        run_report("tiny", {}, tmp_path / "out")
    assert [n for n in names(tmp_path / "out") if not n.endswith(".failed.ipynb")] == []


def test_success_clears_the_failure_before(template, tmp_path):
    template("1 / 0")
    with pytest.raises(ReportError, match="ZeroDivisionError"):
        run_report("tiny", {}, tmp_path / "out")
    template("1 / 1")
    run_report("tiny", {}, tmp_path / "out")
    assert names(tmp_path / "out") == ["tiny.html"]


def test_a_full_disk_is_one_sentence_and_leaves_nothing(template, tmp_path, monkeypatch):
    template("x")
    write = Path.write_text

    def full(self, *args, **kwargs):
        if self.suffix == ".html":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(self, *args, **kwargs)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ReportError, match="No space left on device") as error:
        run_report("tiny", {}, tmp_path / "out")
    assert "\n" not in str(error.value)
    assert names(tmp_path / "out") == []


def test_a_folder_that_is_a_file_is_one_sentence(template, tmp_path):
    template("x")
    (tmp_path / "out").write_text("in the way")
    with pytest.raises(ReportError, match="cannot write the report"):
        run_report("tiny", {}, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "in the way"


def test_a_folder_without_permission_is_one_sentence(template, tmp_path, monkeypatch):
    template("x")

    def denied(_self, *_args, **_kwargs):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr(Path, "mkdir", denied)
    with pytest.raises(ReportError, match="Permission denied"):
        run_report("tiny", {}, tmp_path / "out")


def test_a_pdf_without_a_browser_says_what_to_install_and_leaves_nothing(
    template, tmp_path, monkeypatch
):
    template("x")
    monkeypatch.setattr(pdf, "BROWSERS", ("no-such-browser",))
    with pytest.raises(ReportError, match="needs Chromium or Chrome"):
        run_report("tiny", {}, tmp_path / "out", ("html", "pdf"))
    assert names(tmp_path / "out") == []


def test_a_browser_that_fails_says_so(template, tmp_path, monkeypatch):
    template("x")
    monkeypatch.setattr(pdf, "find_browser", lambda: sys.executable)
    with pytest.raises(ReportError, match="could not print the PDF"):
        run_report("tiny", {}, tmp_path / "out", ("pdf",))
    assert names(tmp_path / "out") == []


def test_an_unknown_format_names_those_allowed(template, tmp_path):
    template("x")
    with pytest.raises(InvalidInput, match="html, pdf"):
        run_report("tiny", {}, tmp_path / "out", ("docx",))


def test_an_unknown_report_names_those_there_are():
    with pytest.raises(UnknownName, match="autopsy"):
        template_path("autopsi")


def test_one_failure_does_not_stop_the_batch(tmp_path):
    out = tmp_path / "out"
    jobs = [
        ReportJob("first", "autopsy", {"nonsense": 1}, out, stem="first"),
        ReportJob("second", "autopsy", {"source": "demo", "driver": "ZZZ"}, out, stem="second"),
        ReportJob("third", "autopsy", {"source": "demo", "driver": "UUR"}, out, stem="third"),
    ]
    result = run_batch(jobs, n_jobs=2)
    assert list(result.failures) == ["first", "second"]
    assert "no parameter nonsense" in result.failures["first"]
    assert "no driver" in result.failures["second"]
    assert [report.files[0].name for report in result.reports] == ["third.html"]
    assert names(out) == ["second.failed.ipynb", "third.html"]


def test_a_batch_needs_at_least_one_worker(tmp_path):
    with pytest.raises(InvalidInput, match="1 or more"):
        run_batch([ReportJob("a", "autopsy", {}, tmp_path)], n_jobs=0)
