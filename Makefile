# `make` alone says what there is. Only git, make and Python 3.11 or newer are needed to begin.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --quiet --no-input --disable-pip-version-check

# Each lock names every package with its hash, so pip has nothing left to choose.
INSTALL := $(PIP) install --no-deps --require-hashes --requirement
# Puts this folder on the path and the command `hamrah` into .venv/bin; asks no index.
LINK := $(PIP) install --no-deps --no-build-isolation --editable .

# One more than there are processors: a test waits for its browser or server a third of its time.
WORKERS = $(shell echo $$(($$(nproc) + 1)))

LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile pyproject.toml --quiet $(UPGRADE) \
	--universal --python-version 3.11 --generate-hashes --no-emit-index-url

.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help install install-dev run test check format soak endurance bench locales lock clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "make %-12s %s\n", $$1, $$2}'

install: $(VENV)/installed ## make .venv with what Hamrah needs to run

install-dev: $(VENV)/installed-dev ## make .venv with the tools for tests and checks, too

run: $(VENV)/installed $(VENV)/catalogs ## start Hamrah (the first time: install, make .env, migrate)
	@exec $(BIN)/hamrah run

test: $(VENV)/installed-dev ## the whole suite but for the soak (needs Chromium and fonts)
	@.ci/system-packages
	$(BIN)/python -m pytest --numprocesses $(WORKERS) --dist worksteal

soak: $(VENV)/installed-dev ## kills and full races: a quarter of an hour
	$(BIN)/python -m pytest -m soak --timeout 900

endurance: $(VENV)/installed-dev ## sends to ten thousand, on a machine with nothing else to do
	$(BIN)/python -m pytest -m endurance --timeout 1800

check: $(VENV)/installed-dev ## format, lint, types, who imports whom, trees and catalogs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/hamrah flows check
	$(BIN)/hamrah flows test
	$(BIN)/hamrah locales check

format: $(VENV)/installed-dev ## put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/installed-dev ## measure, beside peers in the same run
	$(BIN)/python -m bench

locales: $(VENV)/installed ## collect the English sentences, merge them into the catalogs, compile
	$(BIN)/hamrah locales update
	$(BIN)/hamrah locales compile

lock: $(VENV)/installed-dev ## write the locks after a change of pyproject.toml (UPGRADE=--upgrade: newest of all)
	$(LOCK) --group build --output-file requirements.lock
	$(LOCK) --group build --group dev --constraint requirements.lock --output-file requirements-dev.lock

clean: ## remove what can be made again (never .env, the database or the media)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
	find locales -name '*.mo*' -delete

$(BIN)/pip:
	@.ci/make-venv $(VENV)

$(VENV)/installed: requirements.lock pyproject.toml | $(BIN)/pip
	@echo "Installing what Hamrah needs into $(VENV): about a minute, the first time."
	@$(INSTALL) requirements.lock
	@$(LINK)
	@touch $@

# One lock holds both, with the same versions: a developer's .venv is not installed twice.
$(VENV)/installed-dev: requirements-dev.lock requirements.lock pyproject.toml | $(BIN)/pip
	@echo "Installing what tests and checks need into $(VENV): a minute or two, the first time."
	@$(INSTALL) requirements-dev.lock
	@$(LINK)
	@touch $(VENV)/installed $@

$(VENV)/catalogs: $(wildcard locales/*/LC_MESSAGES/*.po) $(VENV)/installed
	@$(BIN)/hamrah locales compile
	@touch $@
