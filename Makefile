# Everything runs in .venv, which the first target that needs it makes from the hashed locks.
# PYTHON=/path/to/python chooses the interpreter (3.11 or 3.12) when .venv is made.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory --no-builtin-rules

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -q
UV ?= uv
UPGRADE ?=
PYTEST_ARGS ?=
DEMO := out/demo-study

# Settings of the caller's shell that would leak into the environment.
unexport PYTHONPATH PYTHONHOME
export PIP_USER := 0

MADE := $(VENV)/.made
RUNTIME := $(VENV)/.runtime-installed
DEV := $(VENV)/.dev-installed
PROJECT := $(VENV)/.project-installed

# An environment that was moved here, or whose interpreter is gone, is made anew.
ifneq ($(wildcard $(MADE)),)
ifneq ($(shell [ "$$(cat $(MADE))" = "$$PWD" ] && $(BIN)/python -c pass 2>/dev/null && echo sound),sound)
$(shell rm -f $(MADE) $(RUNTIME) $(DEV) $(PROJECT))
endif
endif

.NOTPARALLEL:
.PHONY: help install demo serve test test-all truth accuracy conformance bench load lint types layers format lock clean

help: ## print these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-10s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

install: $(DEV) $(PROJECT) ## make .venv with everything that development needs

demo: $(RUNTIME) $(PROJECT) ## show the engine at work (needs only the runtime lock)
	@PATH="$$PWD/$(BIN):$$PATH" bash scripts/demo.sh

serve: $(RUNTIME) $(PROJECT) $(DEMO) ## serve the engine and the review pages on this machine, with a made-up study to try (PORT=8765)
	@$(BIN)/eligibility serve --folder out/service --port $(or $(PORT),8765) --protocol protocols/demo-call.elig --demo $(DEMO)

# A study that nobody is in: its protocol beside the records.
$(DEMO): protocols/demo.elig protocols/demo-call.elig | $(RUNTIME) $(PROJECT)
	@rm -rf $@
	@$(BIN)/python -m fixtures.synthetic_fhir --patients 30 --seed 11 --as-of 2026-06-01 --mix 15,15,70 \
		--format bundles --out $@ >/dev/null
	@cp protocols/demo.elig $@/protocol.elig; cp protocols/demo-call.elig $@/of-two.elig; touch $@

test: lint types layers ## lint, types, layers, and the tests that are not slow
	@$(BIN)/python -m pytest -q -ra -n 2 -m "not slow" $(PYTEST_ARGS)

test-all: lint types layers ## the same with the slow tests
	@$(BIN)/python -m pytest -q -ra -n 2 $(PYTEST_ARGS)

truth: install ## agreement with results that others expect (needs the public test data)
	@$(BIN)/python -m benchmarks.truth

accuracy: install ## how right notes are read, against human labels (needs the public test data)
	@$(BIN)/python -m benchmarks.accuracy

conformance: install ## how published suites on units and time are answered (needs the public test data)
	@$(BIN)/python -m tests.conformance.report

# Each part in a process of its own: what one leaves behind in memory is not the next one's.
bench: install ## measure speed against baselines of the same run
	@status=0; for part in extract judge measure cohort bundle service help compile notes scaling; do \
		$(BIN)/python -m benchmarks.speed --only $$part || status=1; done; exit $$status

load: install ## many callers at once: how long they wait, and whether all are answered
	@$(BIN)/python -m benchmarks.load

lint: install
	@$(BIN)/ruff check -q .
	@$(BIN)/ruff format -q --check . || { $(BIN)/ruff format --check . ; exit 1; }

types: install
	@$(BIN)/mypy --no-error-summary

layers: install
	@out=$$($(BIN)/lint-imports 2>&1) || { printf '%s\n' "$$out"; exit 1; }

format: install ## format the code and mend what ruff can mend
	@$(BIN)/ruff check -q --fix . || true
	@$(BIN)/ruff format -q .

LOCK = $(UV) pip compile -q --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate $(UPGRADE) --extra build

lock: ## write both locks anew (needs uv; UPGRADE=--upgrade lifts the pins)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: install it, or give its path with UV=" >&2; exit 1; }
	@export UV_PYTHON_DOWNLOADS=never; \
	$(LOCK) pyproject.toml -o requirements.lock; \
	$(LOCK) --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock; \
	$(filter-out --extra build,$(LOCK)) benchmarks/requirements-peer-notes.in -o requirements-peer-notes.lock

clean: ## remove .venv, caches and build products
	@rm -rf $(VENV) build dist out *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache .eligibility-cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

$(MADE):
	@if [ -n "$${PYTHON:-}" ]; then set -- "$$PYTHON"; else set -- python3.12 python3.11 python3; fi; \
	unvenvable=""; \
	for candidate; do \
		version=$$("$$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
		case "$$version" in 3.11|3.12) ;; *) continue ;; esac; \
		if "$$candidate" -c 'import ensurepip, venv' 2>/dev/null; then \
			echo "Making $(VENV) with $$candidate ($$version) ..."; \
			"$$candidate" -m venv --clear $(VENV); \
			printf '%s' "$$PWD" > $@; \
			exit 0; \
		fi; \
		unvenvable=$$version; \
	done; \
	if [ -n "$$unvenvable" ]; then \
		echo "Python $$unvenvable cannot make virtual environments here; on Debian: apt-get install python$$unvenvable-venv" >&2; \
	else \
		echo "No working Python 3.11 or 3.12 found (looked for: $$*). Give one with PYTHON=/path/to/python." >&2; \
	fi; \
	exit 1

$(RUNTIME): requirements.lock | $(MADE)
	@echo "Installing requirements.lock ..."
	@$(PIP) install --require-hashes -r $<
	@touch $@

$(DEV): requirements-dev.lock requirements.lock | $(MADE)
	@echo "Installing requirements-dev.lock ..."
	@$(PIP) install --require-hashes -r $<
	@touch $(RUNTIME) $@

# Needs setuptools, which both locks hold. `make install` asks for DEV first, `make demo` for RUNTIME.
$(PROJECT): pyproject.toml | $(MADE)
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@
