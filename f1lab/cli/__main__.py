"""``python -m f1lab.cli``: the command line of this very interpreter."""

from __future__ import annotations

from f1lab.cli import main

if __name__ == "__main__":
    main()
