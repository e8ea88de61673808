# Two commands: `make demo` and `make test`. Everything happens in .venv, dist and out.
#
#   make PYTHON=python3.12 VENV=.venv-3.12 test     another Python, beside the first
#   make test HYPOTHESIS_PROFILE=nightly            more examples
#   make test TESTS=tests/wire                      a part of the suite

PYTHON ?= python3.11
VENV ?= .venv
DEMO ?= scenarios/replace_under_load.yaml
TESTS ?= tests
WORKERS ?= 2
HYPOTHESIS_PROFILE ?= ci

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

BIN := $(VENV)/bin
WHEELS := dist/$(notdir $(VENV))
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
PACKAGE := $(shell find sim -name __pycache__ -prune -o \( -type d -o -name '*.py' -o -name py.typed \) -print)

# Neither the folder that a command is started in nor the environment may hide the installed package.
export PYTHONSAFEPATH := 1
unexport PYTHONPATH PYTHONHOME

.PHONY: demo test check lint format clean

demo: $(VENV)/installed
	$(BIN)/sim run $(DEMO) --out out/demo
	@echo
	@find out/demo -type f | LC_ALL=C sort

test: $(VENV)/installed $(VENV)/tools lint
	HYPOTHESIS_PROFILE=$(HYPOTHESIS_PROFILE) $(BIN)/pytest --installed -n $(WORKERS) --cov -q $(TESTS)

lint: $(VENV)/installed $(VENV)/tools
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/tools
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean:
	rm -rf .venv .venv-* dist out .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find sim tests -name __pycache__ -prune -exec rm -rf {} +

# The three stamps: an environment; the package in it, built as a wheel; what tests and lint need.

$(VENV)/created:
	$(PYTHON) -c 'import sys; assert sys.version_info >= (3, 11), "Python 3.11 or newer, please: make PYTHON=..."'
	$(PYTHON) -m venv --clear $(VENV)
	$(PIP) install --upgrade pip
	touch $@

$(VENV)/installed: $(VENV)/created pyproject.toml README.md LICENSE $(PACKAGE)
	rm -rf $(WHEELS)
	$(PIP) wheel --no-deps --wheel-dir $(WHEELS) .
	$(PIP) install --force-reinstall --no-deps $(WHEELS)/*.whl
	$(PIP) install $(WHEELS)/*.whl
	touch $@

$(VENV)/tools: pyproject.toml | $(VENV)/installed
	$(PIP) install "$$(echo $(WHEELS)/*.whl)[test]"
	touch $@
