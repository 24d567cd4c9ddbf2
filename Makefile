# Everything a fresh machine needs: `make demo` and `make test` set themselves up.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Where there is no GPU, torch's CPU build saves gigabytes. Where your package index offers no CPU build of its own, say
#   make demo TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
DATA ?= ../shared/data/glue
STAMP := $(VENV)/.installed

.PHONY: setup demo test test-all faults test-real lint format clean

setup: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) -c constraints.txt torch
	$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[demo,bench,dashboard,postgres,ray,report,dev]'
	touch $@

demo: setup
	$(BIN)/autotune search studies/demo.yaml

test: setup
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m "not slow and not real"

test-all: export AUTOTUNE_REQUIRE_SERVICES = 1
test-all: test
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 -m "slow and not real"

# Breaks everything on purpose, for an hour: docs/reliability.md. One row, or a short form: make faults FAULTS="kills --short"
faults: setup
	OMP_NUM_THREADS=1 PYTHONPATH=tests $(BIN)/python -m faults $(FAULTS)

test-real: setup
	AUTOTUNE_REAL_DATA=$(abspath $(DATA)) $(BIN)/python -m pytest -m real

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy -p autotune
	$(BIN)/mypy dashboards

format: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
