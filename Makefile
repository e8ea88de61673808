# Two commands: `make demo` and `make test`. Everything happens in .venv, dist and out.
#
#   make quick                                      while writing: the source tree, under a minute
#   make test PYTHON=python3.12 VENV=.venv-3.12     another Python, beside the first
#   make test HYPOTHESIS_PROFILE=nightly            more examples
#   make suite TESTS=tests/wire                     a part of the suite, without lint and branches
#   make exhaustive                                 20,000 drawn scenarios on both engines; 100 kills of a server, 100 of a study
#   FULL=1 make bench ROWS='kernel-* fleet'         some benchmarks, at full size

PYTHON ?= python3.11
VENV ?= .venv
DEMO ?= scenarios/replace_under_load.yaml
TESTS ?= tests
WORKERS ?= 3
HYPOTHESIS_PROFILE ?= ci
MARKED ?= tests/engines/vectorised tests/serve/http/test_kills.py tests/cli/test_study.py

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

BIN := $(VENV)/bin
QUICK := .venv-quick
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
PACKAGE := $(shell find sim -name __pycache__ -prune -o \( -type d -o -name '*.py' -o -name '*.yaml' -o -name '*.js' -o -name '*.css' -o -name '*.html' -o -name py.typed \) -print) \
    $(shell find scenarios -print)

# Neither the folder that a command is started in nor the environment may hide the installed package.
export PYTHONSAFEPATH := 1
unexport PYTHONPATH PYTHONHOME

.PHONY: demo quick test lint suite branches coverage exhaustive lint-claims helps bench notebooks format clean

demo: $(VENV)/installed
	$(BIN)/sim run $(DEMO) --out out/demo
	$(BIN)/sim report out/demo --out out/demo.html

# An environment of its own, with the source tree in it: nothing is built when a file has changed.
quick: $(QUICK)/tools
	HYPOTHESIS_PROFILE=glance $(QUICK)/bin/pytest -n $(WORKERS) --dist worksteal -q \
	    -m 'not slow and not mutants' $(TESTS)

test: lint branches suite

lint: $(VENV)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

suite: $(VENV)/installed $(VENV)/tools
	HYPOTHESIS_PROFILE=$(HYPOTHESIS_PROFILE) $(BIN)/pytest --installed -n $(WORKERS) --dist worksteal -q $(TESTS)

# A run of its own with few examples, since counting branches doubles what control takes to run.
branches: $(VENV)/installed $(VENV)/tools
	HYPOTHESIS_PROFILE=glance $(BIN)/pytest --installed -n $(WORKERS) --dist worksteal -q --cov \
	    -m 'not slow and not mutants'

# Half an hour or more; docs/engine.md has the sums of what it prints. MARKED chooses a part, or more:
# tests/serve/http has a month of random commands, and ten thousand drawn requests, besides the kills.
exhaustive: $(VENV)/installed $(VENV)/tools
	$(BIN)/pytest --installed -n $(WORKERS) -m exhaustive -rP $(MARKED)

# Runs 20,000 scenarios against what `sim lint` says never happens, and asks of 2,000 what it names.
lint-claims: $(VENV)/installed $(VENV)/tools
	$(BIN)/pytest --installed -n $(WORKERS) -m exhaustive -rP tests/lint

# Tries the helps that plans tell of the shipped scenarios under other seeds, and the steps below.
helps: $(VENV)/installed $(VENV)/tools
	$(BIN)/pytest --installed -m exhaustive -rP tests/studies/plans

# Without FULL=1 it ends within 15 minutes; RECORD=1 writes what was found into docs.
bench: $(VENV)/installed $(VENV)/peers
	$(BIN)/python benchmarks $(if $(filter 1,$(RECORD)),--record) $(ROWS)

# How often the intervals of studies hold what they say: the table of docs/studies.md, in two minutes.
coverage: $(VENV)/installed $(VENV)/tools
	$(BIN)/python benchmarks --coverage

# Executes the notebooks and stores them with what they show; a test asserts that they are stored so.
notebooks: $(VENV)/installed $(VENV)/tools
	$(BIN)/python tests/support/executed_notebooks.py

format: $(VENV)/tools
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-* dist out .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find sim tests -name __pycache__ -prune -exec rm -rf {} +

# Six stamps: an environment; the wheel; the wheel in the environment; what benchmarks compare with;
# what tests and lint need; the source tree and what its tests need in the environment of `quick`.

$(VENV)/created:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "sim needs Python 3.11 or newer: make PYTHON=..."'
	$(PYTHON) -m venv --clear $(VENV)
	touch $@

dist/built: pyproject.toml README.md LICENSE $(PACKAGE) | $(VENV)/created
	rm -rf dist
	$(PIP) wheel --no-deps --wheel-dir dist .
	touch $@

$(VENV)/installed: dist/built $(VENV)/created
	$(PIP) install --force-reinstall --no-deps dist/*.whl
	$(PIP) install "$$(echo dist/*.whl)[compiled,report,studies]"
	touch $@

$(VENV)/peers: pyproject.toml $(VENV)/created | $(VENV)/installed
	$(PIP) install "$$(echo dist/*.whl)[bench]"
	touch $@

$(VENV)/tools: pyproject.toml $(VENV)/created | $(VENV)/installed
	$(PIP) install "$$(echo dist/*.whl)[test]"
	touch $@

$(QUICK)/tools: pyproject.toml
	$(PYTHON) -m venv $(QUICK)
	$(QUICK)/bin/python -m pip --disable-pip-version-check -qq install -e '.[test,compiled,report,studies]'
	touch $@
