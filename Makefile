# Every target sets up what it needs: a Python >= 3.11 and make are enough.
PYTHON ?= $(shell for candidate in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$candidate" && break; \
	done)

BIN := .venv/bin
READY := .venv/.ready
CODE = $(wildcard src tests benchmarks examples scripts)
EXPORT = $(BIN)/uv export --quiet --no-cache --no-python-downloads --frozen --no-header --no-emit-project

# pip and not uv installs, because it follows the machine's own settings for mirrors and certificates.
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile

# The tests start many processes, and each would compile anew whatever it imports.
unexport PYTHONDONTWRITEBYTECODE

# How many times as much as usual the properties try where every row is run.
EFFORT = 3
OLDEST = /usr/lib/postgresql/15/bin
# By file, so that what the tests of one file share is made once, and in the order of the folders: the long ones are first.
RUN = $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
EVERY = $(RUN) --every-row --require-pooler $(PYTEST) tests

.DEFAULT_GOAL := help
.PHONY: help demo gaps test test-fast test-all check parity values programs privileges fuzz mutants bench lock format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(READY) ## run the demonstration on a temporary PostgreSQL server
	$(BIN)/gapless demo

gaps: $(READY) ## list the 52 gaps that gapless closes: where each is enforced, and which test proves it
	$(BIN)/python -m tests.gaps

test: $(READY) ## run the tests on the PostgreSQL that they bring along, with one row of each matrix; PYTEST=… for options
	$(RUN) $(PYTEST) tests

test-fast: $(READY) ## run the tests of the library that need no server, within a minute
	$(RUN) --no-server -m "not kit" $(PYTEST) tests

test-all: $(READY) ## run the tests on that PostgreSQL and on the oldest that is supported, with every row of every matrix
	.ci/install pgbouncer $(if $(GAPLESS_PG_BIN),,postgresql-15)
	env -u GAPLESS_PG_BIN -u GAPLESS_DATABASE_URL GAPLESS_EFFORT=$(EFFORT) $(EVERY)
	env -u GAPLESS_DATABASE_URL GAPLESS_EFFORT=$(EFFORT) GAPLESS_PG_BIN=$(or $(GAPLESS_PG_BIN),$(OLDEST)) $(EVERY)

check: $(READY) ## lint, formatting, types and layers
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports

parity: values programs ## compare the domain and PostgreSQL on a million values, and both stores on 10,000 random programs

values: $(READY) ## let the domain and PostgreSQL check a million values of the rules
	$(BIN)/gapless parity --examples 1000000 --seed 1

programs: $(READY) ## run 10,000 random programs on both stores, and compare every step
	$(BIN)/python -m tests.programs --programs 10000 --seed 1

privileges: $(READY) ## write docs/privileges.md anew: what each use case needs, and what came of each attack
	$(BIN)/python -m tests.privileges

fuzz: $(READY) ## make 100,000 calls with hostile arguments on both stores; CALLS=… and SEED=… for others
	$(BIN)/python -m tests.fuzzing --calls $(or $(CALLS),100000)$(SEED:%= --seed %)

mutants: $(READY) ## plant 100 faults, and list those that no test finds; COUNT=…, SEED=… and PLACE=… for others
	$(BIN)/python -m tests.mutants --count $(or $(COUNT),100)$(SEED:%= --seed %)$(PLACE:%= --place %) $(MUTANTS)

bench: $(READY) ## run the benchmarks; AGAINST=<commit> says instead whether this checkout is slower than it
	$(BIN)/python -m benchmarks$(if $(AGAINST),.comparison "$(AGAINST)")$(if $(AGAINST),$(LIMIT:%= --limit %))$(ROUNDS:%= --rounds %)

format: $(READY) ## format the code and repair what the linter can repair
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

lock: $(BIN)/uv ## write uv.lock anew from pyproject.toml; LOCK=--upgrade takes the newest versions
	$(BIN)/uv lock --no-python-downloads $(LOCK)
	$(BIN)/python scripts/neutral_lock.py uv.lock
	$(EXPORT) --only-group bootstrap --output-file scripts/bootstrap.txt

clean: ## remove the environment and everything generated
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv: scripts/bootstrap.txt
	@test -n "$(PYTHON)" || { echo "gapless needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up .venv with $(PYTHON)"
	@$(PYTHON) -m venv .venv
	@$(INSTALL) --require-hashes -r scripts/bootstrap.txt
	@touch $@

$(READY): $(BIN)/uv pyproject.toml uv.lock
	@$(EXPORT) --all-extras --output-file .venv/requirements.txt >/dev/null
	@echo "installing the locked dependencies"
	@$(INSTALL) --require-hashes -r .venv/requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@
