# make demo   sound for the example film, from a fresh checkout
# make check  ruff, mypy, and the tests that are quick: no other processes, nothing slow
# make test   everything that CI checks
# make test-lowest   the tests with the lowest versions that pyproject.toml declares (constraints-lowest.txt)

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
SOURCES := $(shell find mmhnet_cli weights -type f -not -name '*.pyc' 2>/dev/null)

FILM := examples/rain_street.mp4
PROMPT ?= rain on a city street
DEMO := build/demo/rain_street_mmhnet

# The development install runs the same sources; where it is there, the demo does not replace it.
INSTALLED := $(if $(wildcard $(VENV)/.dev),$(VENV)/.dev,$(VENV)/.demo)

.PHONY: demo check test form test-lowest clean

demo: $(DEMO).wav
	@echo "The sound:           $(DEMO).wav"
	@echo "The film with sound: $(DEMO).mp4"
	@echo "How it was made:     $(DEMO).json"
	@echo
	@echo "Next, a film of your own:"
	@echo "  $(BIN)/mmhnet generate FILM --prompt \"rain on a tin roof\""

$(DEMO).wav: $(FILM) $(SOURCES) $(INSTALLED)
	mkdir -p $(@D)
	$(BIN)/mmhnet generate $(FILM) --prompt "$(PROMPT)" --on-exists overwrite -o $(DEMO).wav -o $(DEMO).mp4

# Whoever is done takes tests from the others: some take a minute, most a hundredth of a second. With more than one thread
# each they would stand in each other's way.
# Compiled once, also where PYTHONDONTWRITEBYTECODE is set: else each of hundreds of processes compiles package and tests.
PYTEST := OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --numprocesses auto --dist worksteal

check: form
	$(PYTEST) -m "not slow and not processes"

test: form
	$(PYTEST)

form: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# TORCH chooses another one, as where the lowest has no build: make test-lowest TORCH=torch==2.13.0
LOWEST := $(VENV)-lowest
TORCH ?= $(shell grep ^torch== constraints-lowest.txt)

test-lowest: $(LOWEST)/.installed
	OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(LOWEST)/bin/python -m pytest

$(LOWEST)/.installed: pyproject.toml constraints-lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	grep -v ^torch== constraints-lowest.txt > $(LOWEST)/constraints.txt
	echo "$(TORCH)" >> $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip --disable-pip-version-check install -q -r $(LOWEST)/constraints.txt
	$(LOWEST)/bin/python -m pip --disable-pip-version-check install -q --no-deps -e .
	touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt $(SOURCES) | $(BIN)/python
	$(PIP) install -q -c constraints.txt .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install -q -c constraints.txt -e ".[dev]"
	touch $@

clean:
	rm -rf build $(VENV)/.demo $(VENV)/.dev $(LOWEST)
