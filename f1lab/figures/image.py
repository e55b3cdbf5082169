"""Charts as pictures: PNG for a page, SVG for print.

A headless Chromium draws them through Kaleido. Starting it takes seconds, a picture half a second:
it is started with the first picture, kept for the next ones and closed a minute after the last.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
from typing import TYPE_CHECKING, Any

from f1lab.errors import InvalidInput, ReportError, UnknownName, whole_number

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from concurrent.futures import Future

    import plotly.graph_objects as go
    from kaleido import Kaleido  # type: ignore[import-untyped]  # ships no types

__all__ = ["IMAGE_FORMATS", "NoBrowser", "to_image"]

IMAGE_FORMATS = ("png", "svg")
#: Sides a picture may have [px], and dots for each of them.
_LEAST_PX, _MOST_PX, _MOST_SCALE = 100, 4000, 4
_KEPT_S = 60.0
#: A browser that needs longer hangs.
_PATIENCE_S = 60.0
#: Nothing listens on this port: whatever the browser may want of a network, it does not get.
_NOWHERE = "http://127.0.0.1:9"


class NoBrowser(ReportError):
    """Pictures need Chromium or Chrome (and Kaleido), and there is none."""


def to_image(
    figure: go.Figure,
    format: str = "png",  # noqa: A002  (what it is called everywhere)
    *,
    width: int = 900,
    height: int | None = None,
    scale: float = 2.0,
) -> bytes:
    """Draw a chart as a picture.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
        Any chart of :mod:`f1lab.figures`.
    format : {"png", "svg"}
    width : int
        Width [px], 100 to 4000.
    height : int, optional
        Height [px]; the chart's own when left out.
    scale : float
        Dots for each px of a PNG, up to 4.

    Returns
    -------
    bytes
        The file. The paper is transparent; texts and lines are readable on light and on dark.

    Raises
    ------
    NoBrowser
        Neither Chromium nor Chrome is installed.
    UnknownName
        Another format.
    InvalidInput
        A size that is not allowed.
    ReportError
        The browser failed, or did not answer within a minute.

    Examples
    --------
    >>> import f1lab
    >>> chart = f1lab.figures.tyre_degradation(f1lab.load_demo())
    >>> to_image(chart, "svg")[:4]  # doctest: +SKIP
    b'<svg'
    """
    wanted = str(format).casefold()
    if wanted not in IMAGE_FORMATS:
        raise UnknownName("format of a picture", str(format), IMAGE_FORMATS)
    height = height or figure.layout.height or round(0.6 * whole_number("width", width, 1))
    for name, given in (("width", width), ("height", height)):
        if whole_number(name, given, _LEAST_PX) > _MOST_PX:
            raise InvalidInput(f"{name}={given}: a picture is {_LEAST_PX} to {_MOST_PX} px.")
    if not 0 < scale <= _MOST_SCALE:
        raise InvalidInput(f"scale={scale}: more than 0 and no more than {_MOST_SCALE}.")
    dots = scale if wanted == "png" else 1  # lines have no dots
    options = {"format": wanted, "width": width, "height": height, "scale": dots}
    return _browser.draw(figure.to_plotly_json(), options)


class _Browser:
    """The one browser of this process, on an event loop in a thread of its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._open: Kaleido | None = None
        self._closing: asyncio.TimerHandle | None = None

    def draw(self, figure: dict[str, Any], options: dict[str, Any]) -> bytes:
        """Draw one chart; one after the other, a browser being no quicker at two."""
        try:
            from kaleido.errors import (  # type: ignore[import-untyped]  # noqa: PLC0415  (only for pictures)
                ChromeNotFoundError,
            )
        except ImportError as error:
            raise NoBrowser(
                "a picture needs Kaleido: install it with pip install 'f1lab[api]', or ask for the "
                "chart as JSON."
            ) from error
        with self._lock:
            try:
                picture: bytes = self._wait(self._drawn(figure, options))
            except ChromeNotFoundError as error:
                raise NoBrowser(
                    "a picture needs Chromium or Chrome and none was found. Install one (on "
                    "Debian: apt-get install chromium), or ask for the chart as JSON."
                ) from error
            except Exception as error:  # whatever a program outside may end with
                self.close()
                raise ReportError(
                    f"the browser could not draw the picture ({type(error).__name__}: {error}). "
                    "Ask again, or ask for the chart as JSON."
                ) from error
        return picture

    def close(self) -> None:
        """Close the browser; the next picture opens another."""
        self._wait(self._close())

    def _wait(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401  (what the work gives)
        """Do it on the loop of the browser, with patience."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, daemon=True).start()
            atexit.register(self.close)
        done: Future[Any] = asyncio.run_coroutine_threadsafe(
            asyncio.wait_for(work, _PATIENCE_S), self._loop
        )
        return done.result()

    async def _drawn(self, figure: dict[str, Any], options: dict[str, Any]) -> bytes:
        from kaleido import Kaleido  # noqa: PLC0415  (only for pictures)

        if self._closing is not None:
            self._closing.cancel()
        if self._open is None:
            browser = Kaleido(mathjax=False, enable_extensions=False, proxy_server=_NOWHERE)
            await browser.open()
            self._open = browser
        picture: bytes = await self._open.calc_fig(figure, opts=options)
        loop = asyncio.get_running_loop()
        self._closing = loop.call_later(_KEPT_S, lambda: loop.create_task(self._close()))
        return picture

    async def _close(self) -> None:
        browser, self._open = self._open, None
        if browser is not None:
            await browser.close()


_browser = _Browser()
