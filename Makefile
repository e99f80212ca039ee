# Two commands set everything up on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILE := $(BIN)/python -m piptools compile --quiet --strip-extras --no-header \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet

.PHONY: demo test lint unit reference lock clean

demo: $(VENV)/.runtime
	@$(BIN)/remit demo

test: lint unit

lint: $(VENV)/.dev
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	MYPYPATH=src:bench:bench/confined $(BIN)/mypy bench/*.py
	$(BIN)/lint-imports --no-logo
	$(BIN)/vulture
	$(BIN)/deptry src

unit: $(VENV)/.dev
	$(BIN)/pytest -n 2 --dist loadgroup

reference: $(VENV)/.dev
	$(BIN)/python docs/generate.py

lock: $(VENV)/.dev
	$(COMPILE) -o requirements.lock pyproject.toml
	$(COMPILE) -o requirements-dev.lock requirements-dev.in

$(VENV)/.runtime: pyproject.toml requirements.lock
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) -r requirements.lock
	@$(PIP) --no-deps -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime requirements-dev.lock
	$(PIP) -r requirements-dev.lock
	@touch $@

clean:
	rm -rf $(VENV) .clients .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
