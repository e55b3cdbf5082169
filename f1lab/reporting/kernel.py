"""The kernel a report runs in: always the Python that runs f1lab.

A kernel specification called ``python3`` may point anywhere; a report must not depend on
which one happens to come first.
"""

from __future__ import annotations

import sys

import zmq
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

__all__ = ["SameInterpreter"]

#: What goes wrong is in the notebook; the kernel has nothing to add on the terminal.
COMMAND = (sys.executable, "-m", "ipykernel_launcher", "--log-level=CRITICAL")


class SameInterpreter(AsyncKernelManager):
    """Start ``sys.executable``, whatever specification the notebook names."""

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification used, the same for every notebook."""
        return KernelSpec(
            argv=[*COMMAND, "-f", "{connection_file}"],
            display_name="Python",
            language="python",
            # Figures as data, not as five megabytes of script each.
            env={"PLOTLY_RENDERER": "plotly_mimetype"},
            metadata={"supported_encryption": "curve"},
        )

    @default("transport_encryption")
    def _encrypt_if_possible(self) -> str:
        """Nobody else on the machine reads along, where libzmq can see to it."""
        return "auto" if zmq.has("curve") else "disabled"
