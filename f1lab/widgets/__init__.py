"""What a notebook shows: live widgets, and the same pictures as SVG."""

from f1lab.widgets.race_timeline import RaceTimeline
from f1lab.widgets.telemetry_traces import TelemetryTraces
from f1lab.widgets.waterfall import BlameWaterfall
from f1lab.widgets.waterfall_svg import waterfall_svg

__all__ = ["BlameWaterfall", "RaceTimeline", "TelemetryTraces", "waterfall_svg"]
