# Two commands matter: `make run` and `make test`. Both set the machine up first.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export UV_PROJECT_ENVIRONMENT := $(VENV)

.DEFAULT_GOAL := help
.PHONY: help setup run monitor test lint types imports contracts metrics model fuzz chaos bench clean

help: ## what can be made
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1	\2/'

setup: $(VENV)/.installed ## make .venv and install the locked dependencies

$(BIN)/uv:
	@$(PYTHON) -c 'import sys; sys.exit("Minsheng needs Python 3.11 or newer; set PYTHON=python3.12 or the like" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check 'uv>=0.5'

$(VENV)/.installed: $(BIN)/uv pyproject.toml uv.lock
	@$(BIN)/uv sync --frozen --inexact --quiet
	@touch $@

run: setup ## start everything on this machine and play the demo county into it
	@$(BIN)/minsheng up --demo

monitor: setup ## watch a running `make run` with Prometheus and Alertmanager, if they are installed
	@$(BIN)/python deploy/prometheus/monitor.py

test: setup lint types imports ## lint, types, import rules, tests: a file of tests at a time on each core, the longest first
	@$(BIN)/pytest --numprocesses logical --maxprocesses 4 --dist loadfile --no-loadscope-reorder

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup
	@$(BIN)/mypy

imports: setup
	@$(BIN)/lint-imports --no-cache

contracts: setup ## write docs/events.asyncapi.json anew; refuses to break readers of the last one
	@$(BIN)/python -m shared.events.contract docs/events.asyncapi.json

metrics: setup ## write docs/metrics.md and Grafana's dashboards anew, of the metrics as they are in the code
	@$(BIN)/python -m services.cli.dashboards docs/metrics.md deploy/grafana

model: setup ## train the models that come with the program anew, after a change of stories or features (two minutes)
	@$(BIN)/minsheng train intake --ship $(addprefix tests/acceptance/,unseen heldout north hills)
	@$(BIN)/minsheng train routing --ship $(addprefix tests/acceptance/,unseen heldout north hills)

fuzz: setup ## feed 120,000 inputs to the doors of the chat systems and tens of thousands of calls to the APIs (15 minutes)
	@MINSHENG_FUZZ=120000 $(BIN)/pytest -s -o timeout=0 tests/unit/services/intake/channels/test_anything_at_all.py
	@MINSHENG_FUZZ=120000 $(BIN)/pytest -o timeout=0 tests/unit/services/sla/test_calendar.py
	@MINSHENG_API_EXAMPLES=200 $(BIN)/pytest -o timeout=0 tests/integration/services/test_every_documented_operation.py

chaos: setup ## kill services and servers while thousands of messages flow, check every invariant; play a month of a county (minutes)
	@$(BIN)/pytest tests/chaos
	@MINSHENG_TIMERS=20000 MINSHENG_MONTH=on $(BIN)/pytest tests/integration/sla/test_killed.py tests/integration/sla/test_on_time.py

bench: setup ## measure, as ratios of ceilings measured in the same run
	@$(BIN)/python -m tests.bench

clean: ## remove .venv and caches, never data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
