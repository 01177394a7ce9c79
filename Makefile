# `make build` and `make test` are all that a fresh machine needs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: build serve test seasons pythons fuzz bench lint reference screenshots clean

build: $(VENV)/ready
	$(BIN)/handbill build

serve: $(VENV)/ready
	$(BIN)/handbill serve

test: $(VENV)/ready-dev node_modules/ready
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2 --dist loadfile --ignore tests/test_lighthouse.py
	$(BIN)/python -m pytest tests/test_lighthouse.py # it measures: alone

# Every kind of page in every state and every answer of every theme, in Chromium: a quarter of an hour.
seasons: $(VENV)/ready-dev node_modules/ready
	HANDBILL_TEST_SEASONS=all $(BIN)/python -m pytest tests/test_theme_pages.py

# Installs and builds with every other Python found here that handbill is for: each must make the same files.
pythons: $(VENV)/ready
	$(BIN)/python tests/tools/pythons.py

# 100,000 requests that nobody would send by a form, to the real functions: three to six minutes. `make test` sends 6,000.
fuzz: $(VENV)/ready-dev
	HANDBILL_FUZZ=100000 $(BIN)/python -m pytest tests/test_fuzz.py -q -s

bench: $(VENV)/ready-dev
	$(BIN)/python tests/bench/bench.py
	$(BIN)/python tests/bench/capture.py

lint: $(VENV)/ready-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

# What themes/README.md says of the code, written anew from the code.
reference: $(VENV)/ready
	$(BIN)/handbill reference --into themes/README.md

# The pictures of themes that README.md shows, taken anew.
screenshots: $(VENV)/ready-dev node_modules/ready
	$(BIN)/python tests/tools/showcase.py

$(VENV)/ready: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	touch $@

$(VENV)/ready-dev: $(VENV)/ready
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	touch $@

node_modules/ready: package-lock.json
	npm ci --silent --no-audit --no-fund --ignore-scripts
	touch $@

clean:
	rm -rf public private .handbill $(VENV) node_modules
