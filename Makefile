# Gala's commands. `make demo` and `make test` need only CPython 3.11 or newer, make and a package registry.
PYTHON ?= python3
PORT ?= 8421
# As many tests at a time as there are cores, and one more, since many of them wait.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(min(os.cpu_count() or 1, 7) + 1)')
BIN := .venv/bin
STAMP := .venv/.installed

.PHONY: install demo test lint types browser reference weights clean help

help: ## Show what there is.
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ :/' | column -t -s ':'

install: $(STAMP) ## Make .venv with everything that the demo and the tests need.

$(STAMP): pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Gala needs CPython 3.11 or newer; name one: make PYTHON=python3.12")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[engine,demo,dev]'
	@touch $@

demo: install ## Start the local Discord, the bot and the generation process. ONCE=1 paints PROMPT and ends.
ifdef ONCE
	@$(BIN)/gala demo --once "$(if $(PROMPT),$(PROMPT),a penguin on the beach)"
else
	@$(BIN)/gala demo --port $(PORT) $(if $(PROMPT),--prompt "$(PROMPT)")
endif

test: lint types ## Lint, check the types, run the tests, WORKERS at a time.
	OMP_NUM_THREADS=1 OMP_WAIT_POLICY=passive $(BIN)/python -m pytest -q -n $(WORKERS) --dist worksteal

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

browser: ## Install the Chromium in which the chat page is tested (Debian; needs root).
	command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-noto-color-emoji; }

reference: install ## Add the original networks, against which the parity tests compare ours.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[engine,demo,dev,reference]'

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis
