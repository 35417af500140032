# Every target sets up .venv by itself; a second call starts at once. Needs only make and Python 3.11 or newer.
# Small matrices are slower on many threads; parallel work is done by processes.
export OMP_NUM_THREADS ?= 1
export OPENBLAS_NUM_THREADS ?= 1
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
OUT ?= out
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: help app demo test test-slow test-browser check bench notebooks prepare wheel clean

help:
	@echo "make app           serve the planner's app and print its address"
	@echo "make demo          outlook of every bundled series and every library scenario into $(OUT)/"
	@echo "make test          the fast tests"
	@echo "make test-slow     the slow tests"
	@echo "make test-browser  the tests in a real browser (needs Debian's chromium)"
	@echo "make check         lint, format, types, contracts"
	@echo "make bench         benchmarks against peers; writes benchmarks/RESULTS.md"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older. Call: make PYTHON=/path/to/python3.11"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "Python's venv module is missing. On Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	@echo "Installing IP Foresight into $(VENV) ..."
	@$(PIP) -e .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what tests and checks need ..."
	@$(PIP) -e ".[dev]"
	@touch $@

$(VENV)/.installed-bench: $(VENV)/.installed-dev
	@echo "Installing the peers for benchmarks ..."
	@$(PIP) -e ".[bench]"
	@touch $@

prepare: $(VENV)/.installed
	@$(BIN)/ip-foresight prepare

app: prepare
	@$(BIN)/ip-foresight app

demo: prepare
	@$(BIN)/ip-foresight demo --out $(OUT)

test: $(VENV)/.installed-dev
	@$(BIN)/ip-foresight prepare --quiet
	@$(BIN)/python -m pytest

test-slow: $(VENV)/.installed-dev
	@$(BIN)/python -m pytest -m "slow and not browser"

test-browser: $(VENV)/.installed-dev
	@$(BIN)/ip-foresight prepare --quiet
	@$(BIN)/python -m pytest -m browser

check: $(VENV)/.installed-dev
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest -q tests/test_contracts.py

bench: $(VENV)/.installed-bench
	@$(BIN)/python -m benchmarks

wheel: $(VENV)/.installed-dev
	@$(PIP) build
	@$(BIN)/python -m build --wheel --outdir dist .

clean:
	rm -rf $(VENV) $(OUT) build dist
