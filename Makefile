# The commands people type. Each works on a fresh Debian 12 with git, make, python3 and python3-venv.
PYTHON ?= python3
PY := .venv/bin/python
JOBS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run test lint types unit unit-postgresql browser bench lock format screenshots ready ready-for-tests

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /	/' | expand -t 18

run: ready ## Start the portal with the demo world on http://127.0.0.1:8000 (PORT changes it)
	@$(PY) -m tools.run

test: ready-for-tests lint types unit unit-postgresql browser ## Everything: linters, types, suite on SQLite, what can differ on PostgreSQL, browser
	@echo "All checks passed."

lint: ready-for-tests ## Look at style, templates and layers
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint templates --lint --quiet
	.venv/bin/lint-imports --no-cache

types: ready-for-tests ## Check the types
	$(PY) -m mypy

unit: ready-for-tests ## The suite on SQLite
	$(PY) -m pytest -n $(JOBS) --ignore=tests/browser --database=sqlite

unit-postgresql: ready-for-tests ## What can differ on a throwaway PostgreSQL (ONCE in tests/conftest.py is left out)
	$(PY) -m pytest -n $(JOBS) --ignore=tests/browser --database=postgresql

# Two browsers on two busy cores now and then outwait a page: what failed is walked once more, alone, and must pass then.
browser: ready-for-tests ## The journeys in headless Chromium
	$(PY) -m pytest -n $(JOBS) tests/browser || $(PY) -m pytest --last-failed --last-failed-no-failures none tests/browser

bench: ready-for-tests ## Measure speed and bytes into bench/results.json
	$(PY) -m bench

screenshots: ready-for-tests ## Take the README's pictures into docs/screenshots
	$(PY) -m tools.screenshots

format: ready-for-tests ## Set the code in the house style
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

lock: ready-for-tests ## Write requirements*.txt and package-lock.json anew
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	.venv/bin/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund

ready:
	@$(PYTHON) tools/prepare.py run

ready-for-tests:
	@$(PYTHON) tools/prepare.py test
