"""The race autopsy: a ledger of every lap, and who or what is to blame for the gap.

``f1lab.autopsy`` is both this package and the function users call, so the package is callable.
"""

import sys
from types import ModuleType

from f1lab.autopsy.examine import autopsy
from f1lab.autopsy.report import AutopsyReport

__all__ = ["AutopsyReport", "autopsy"]


class _Autopsy(ModuleType):
    """A package that can be called like its main function."""

    __call__ = staticmethod(autopsy)


sys.modules[__name__].__class__ = _Autopsy
