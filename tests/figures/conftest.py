"""The demo weekend, and what is compared of it, made once for all charts."""

from __future__ import annotations

import pytest

import f1lab


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield f1lab.load_demo()


@pytest.fixture(scope="session")
def compared(demo):
    """Two drivers the demo weekend tells most of."""
    from f1lab.compare import drivers

    return drivers(demo, "OND", "PNY")
