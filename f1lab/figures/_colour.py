"""Colours as numbers: how bright they are, and how far apart they look, to whom.

Distances are CIE 1976 colour differences: about 2 is just seen side by side, 20 is told apart
across a chart. How a colour looks without working L or M cones is simulated with the matrices of
Machado, Oliveira and Fernandes (2009), severity 1.
"""

from __future__ import annotations

import numpy as np

__all__ = ["DEUTERANOPIA", "PROTANOPIA", "difference", "luminance", "mixed", "rgb", "to_hex"]

_DARK = 0.04045
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _TO_XYZ.sum(axis=1)
_LAB_KNEE = (6 / 29) ** 3

#: On linear RGB: what is left of a colour to eyes of each kind.
DEUTERANOPIA = np.array(
    [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ]
)
PROTANOPIA = np.array(
    [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ]
)


def rgb(colour: str) -> np.ndarray:
    """Red, green and blue of ``"#rrggbb"``, 0 … 1 [-]."""
    return np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])


def to_hex(channels: np.ndarray) -> str:
    """``"#rrggbb"`` of red, green and blue between 0 and 1."""
    return "#" + "".join(f"{round(float(c) * 255):02x}" for c in np.clip(channels, 0, 1))


def luminance(channels: np.ndarray) -> float:
    """Relative luminance of an sRGB colour, WCAG 2.2 [-]."""
    return float(_TO_XYZ[1] @ _linear(channels))


def mixed(a: str, b: str, share: float) -> str:
    """Colour between two: `a` at 0, `b` at 1, mixed as light is."""
    light = (1 - share) * _linear(rgb(a)) + share * _linear(rgb(b))
    return to_hex(
        np.where(light <= _DARK / 12.92, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    )


def difference(a: str, b: str, eyes: np.ndarray | None = None) -> float:
    """How far apart two colours look [CIE 1976 ΔE].

    Parameters
    ----------
    a, b : str
        ``"#rrggbb"``.
    eyes : ndarray, shape (3, 3), optional
        ``DEUTERANOPIA`` or ``PROTANOPIA``; all three cones when left out.

    Returns
    -------
    float

    Examples
    --------
    >>> round(difference("#ff0000", "#008000"))
    133
    >>> round(difference("#ff0000", "#808000", DEUTERANOPIA))
    13
    """
    return float(np.linalg.norm(_lab(a, eyes) - _lab(b, eyes)))


def _linear(channels: np.ndarray) -> np.ndarray:
    return np.where(channels <= _DARK, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def _lab(colour: str, eyes: np.ndarray | None) -> np.ndarray:
    light = _linear(rgb(colour))
    if eyes is not None:
        light = np.clip(eyes @ light, 0, 1)
    t = _TO_XYZ @ light / _WHITE
    f = np.where(t > _LAB_KNEE, np.cbrt(t), t / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
