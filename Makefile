# make install | run | demo | web | test | test-slow | lint | docs: each sets up what it needs in .venv, once; clean takes that away again
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
ARGS ?=

.PHONY: install run demo web test test-slow lint docs clean
install: $(STAMP)
	@echo "ready; now: . $(BIN)/activate"

$(STAMP): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	touch $(STAMP)

run: $(STAMP)
	$(BIN)/python experiments/run.py $(ARGS)

demo: $(STAMP)
	$(BIN)/python -m app demo $(ARGS)

web: $(STAMP)
	$(BIN)/python -m app web $(ARGS)

test: $(STAMP)
	$(BIN)/python -m pytest

test-slow: $(STAMP)
	$(BIN)/python -m pytest -m slow -n 0 -s

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict

# what can be made again in minutes; never runs/, which took hours
clean:
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
