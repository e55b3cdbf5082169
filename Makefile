# make demo   the autopsy report of the demo weekend, from nothing
# make test   everything that must hold, from nothing
# make lint   ruff and mypy         make bench   the benchmarks
# make notebooks   the tour run again, its compared outputs renewed
# make screenshots   the pictures of the README, by the browser tests
# make lock   requirements.lock anew from pyproject.toml

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
MODULES := widgets/node_modules/.ready
UV := uv==0.13.9

# Two workers are enough for two cores; a file's tests stay together.
PYTEST := $(BIN)/python -m pytest
XDIST  := -n 2 --dist loadscope --no-loadscope-reorder

# Small matrices: threads of the linear algebra only get in each other's way.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1
# Tests start hundreds of processes; each would compile what it imports anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test lint engine test-python test-notebooks test-widgets test-wheel notebooks screenshots bench lock clean

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "f1lab needs Python 3.11 or newer and found $$($(PYTHON) --version 2>&1); set PYTHON=python3.12, say." >&2; exit 1; }
	@echo "Setting up $(VENV) …"
	@rm -f $@
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --no-compile --disable-pip-version-check -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

demo: $(READY)
	@$(BIN)/f1lab report demo --output out

# What needs one core each goes side by side.
test: $(READY)
	@$(MAKE) --no-print-directory --output-sync=target --jobs=2 lint test-widgets engine
	@$(MAKE) --no-print-directory test-python test-notebooks

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Compiled before the tests: else each process that comes to it early compiles it for itself.
engine: $(READY)
	F1LAB_CACHE_DIR=$(CURDIR)/out/cache $(BIN)/python -c "from f1lab.engine.ready import load_engine; load_engine()"

test-python: $(READY)
	$(PYTEST) $(XDIST) --ignore=tests/benchmarks --junitxml=out/tests.xml
	@$(BIN)/python .ci/skipped.py out/tests.xml

test-notebooks: $(READY)
	F1LAB_CACHE_DIR=$(CURDIR)/out/cache F1LAB_OFFLINE=1 $(PYTEST) $(XDIST) -p no:cacheprovider \
	  --nbval-lax --nbval-current-env --nbval-cell-timeout=180 notebooks/explore

notebooks: $(READY)
	$(BIN)/python scripts/refresh_notebooks.py

screenshots: $(READY)
	$(PYTEST) tests/browser/test_simulator_controls.py tests/browser/test_dashboards.py --pictures

# The browser side: types, unit tests, and bundles equal to what their sources build to.
$(MODULES): widgets/package-lock.json widgets/package.json
	cd widgets && npm ci
	@touch $@

test-widgets:
	@if command -v npm >/dev/null; then \
	  $(MAKE) --no-print-directory $(MODULES) && cd widgets && npm run check && npm test && npm run verify; \
	elif [ "$(CI)" = true ]; then \
	  echo "npm is missing; CI has to test the widgets." >&2; exit 1; \
	else \
	  echo "SKIPPED the widgets' own tests: npm is not installed (the bundles in the repository are used as they are)."; \
	fi

test-wheel: $(READY)
	$(BIN)/python .ci/wheel.py

bench: $(READY)
	$(PYTEST) tests/benchmarks --benchmark-only --benchmark-columns=min,median,max,rounds

lock:
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(UV)
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --extra dev \
	  --no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml -o requirements.lock

clean:
	rm -rf $(VENV) widgets/node_modules out .pytest_cache .ruff_cache .mypy_cache
