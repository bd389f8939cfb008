# Every target sets up what it needs: a Python >= 3.11 and make are enough.
PYTHON ?= $(shell for candidate in python3.11 python3 python3.12 python3.13 python3.14; do \
	"$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$candidate" && break; \
	done)

# Another interpreter beside the first: make test VENV=.venv-3.14 PYTHON=python3.14
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
# An environment of its own for the oldest SQLAlchemy; the same lock has the versions of both.
OLDER := $(VENV)/older
OLDER_READY := $(OLDER)/.ready
CODE = $(wildcard src tests benchmarks examples scripts)
EXPORT = $(BIN)/uv export --quiet --no-cache --no-python-downloads --frozen --no-header --no-emit-project

# pip and not uv installs, because it follows the machine's own settings for mirrors and certificates.
INSTALL = $(BIN)/python -m pip install -qq --disable-pip-version-check --no-compile

# The tests start many processes, and each would compile anew whatever it imports.
unexport PYTHONDONTWRITEBYTECODE

# What tests write is thrown away, and where nothing goes to a disk copying a database takes a fraction. So they get a
# folder in memory where one is that has room: a run takes half a gigabyte of it, and leaves nothing behind if it passes.
MEMORY = /dev/shm
ifndef TMPDIR
ifneq ($(shell test -w $(MEMORY) && df -Pk $(MEMORY) | awk 'NR == 2 && $$4 > 4000000 { print "roomy" }'),)
export TMPDIR = $(MEMORY)
endif
endif

# What is promised: the Pythons of the classifiers, and the versions of PostgreSQL that the README names.
PYTHONS = $(shell sed -n 's/.*"Programming Language :: Python :: \(3\.[0-9]*\)".*/\1/p' pyproject.toml)
SERVERS = 15 16 17 18
# Another server than the newest: make test POSTGRES=16
ON = $(if $(POSTGRES),GAPLESS_PG_BIN=$$(VENV=$(VENV) .ci/server $(POSTGRES)) && export GAPLESS_PG_BIN &&)

# How many times as much as usual the properties try where every row is run.
EFFORT = 3
OLDEST = /usr/lib/postgresql/15/bin
# By file, so that what the tests of one file share is made once, and in the order of the folders: the long ones are first.
SPREAD = -n 2 --dist loadfile --no-loadscope-reorder
RUN = $(BIN)/python -m pytest $(SPREAD)
EVERY = $(RUN) --every-row --require-pooler $(PYTEST) tests

.DEFAULT_GOAL := help
.PHONY: help demo gaps test test-fast test-wheel test-matrix test-all test-older check lint types layers spelling workflows licences \
	hooks coverage parity values programs privileges fuzz mutants reach bench bench-page lock sbom dist release-check format clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

demo: $(READY) ## run the demonstration on a temporary PostgreSQL server
	$(BIN)/gapless demo

gaps: $(READY) ## list the 52 gaps that gapless closes: where each is enforced, and which test proves it
	$(BIN)/python -m tests.gaps

test: $(READY) ## run the tests on the PostgreSQL that they bring along, with one row of each matrix; PYTEST=… for options
	$(ON) $(RUN) $(PYTEST) tests

test-fast: $(READY) ## run the tests of the library that need no server, within a minute
	$(RUN) --no-server -m "not kit" $(PYTEST) tests

test-wheel: $(READY) ## build the wheel, and test it in empty environments, each with one extra alone
	$(RUN) --installed $(PYTEST) tests/integration/test_wheel.py \
		tests/integration/test_extras.py tests/integration/test_reproducible.py

test-matrix: ## run the tests on each PostgreSQL, and on each Python that is found here, with its wheel
	set -e; for version in $(SERVERS); do $(MAKE) test POSTGRES=$$version; done
	set -e; for version in $(PYTHONS); do \
		if python=$$(.ci/python $$version); then \
			$(MAKE) test test-wheel VENV=.venv-$$version PYTHON="$$python"; \
		else echo "Python $$version is not found here, and left out"; fi; done

test-all: $(READY) ## run the tests on that PostgreSQL and on the oldest that is supported, with every row of every matrix, then test-older
	.ci/install pgbouncer $(if $(GAPLESS_PG_BIN),,postgresql-15)
	env -u GAPLESS_PG_BIN -u GAPLESS_DATABASE_URL GAPLESS_EFFORT=$(EFFORT) $(EVERY)
	env -u GAPLESS_DATABASE_URL GAPLESS_EFFORT=$(EFFORT) GAPLESS_PG_BIN=$(or $(GAPLESS_PG_BIN),$(OLDEST)) $(EVERY)
	$(MAKE) test-older

test-older: $(OLDER_READY) ## check types, and run what uses a database, with the oldest SQLAlchemy that is supported
	.ci/install pgbouncer
	$(OLDER)/bin/mypy --cache-dir .mypy_cache/older $(CODE)
	env -u GAPLESS_PG_BIN -u GAPLESS_DATABASE_URL $(OLDER)/bin/python -m pytest $(SPREAD) --require-pooler $(PYTEST) \
		$(addprefix tests/,laws use_cases programs engines integration unit/postgres unit/architecture/test_sqlalchemy.py) \
		$(addprefix --ignore tests/integration/test_,wheel.py extras.py reproducible.py)

check: lint types layers spelling workflows licences ## all that needs no test

lint: $(READY) ## lint and formatting
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: $(READY) ## mypy on the code, and on the faces pyright as well
	$(BIN)/mypy $(CODE)
	$(BIN)/python -m tests.typing

layers: $(READY) ## which module may import which
	$(BIN)/lint-imports

licences: $(READY) ## check the licences of all that is installed against docs/dependencies.md
	$(BIN)/python -m scripts.licences

workflows: $(READY) ## what the workflows of hosted CI may do, and whether what they use is pinned
	$(BIN)/zizmor --offline --no-progress --quiet --pedantic .github

spelling: $(READY) ## words and names that are known to be misspelt
	$(BIN)/typos

coverage: $(READY) ## run the tests, and say which lines and branches of the package none of them runs; it takes twice as long
	rm -f .coverage .coverage.*
	$(BIN)/coverage run -m pytest $(SPREAD) $(PYTEST) tests
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

parity: values programs ## compare the domain and PostgreSQL on a million values, and both stores on 10,000 random programs

values: $(READY) ## let the domain and PostgreSQL check a million values of the rules, a million of calculations and texts, and 200,000 of the clinic
	$(BIN)/gapless parity --examples 1000000 --seed 1
	PYTHONPATH=. $(BIN)/gapless parity --examples 1000000 --seed 1 --catalogue tests.clinics.treatments:TREATMENTS
	PYTHONPATH=examples/clinic/src $(BIN)/gapless parity --examples 200000 --seed 1 --catalogue clinic.catalogue:CLINICS

programs: $(READY) ## run 10,000 random programs on both stores, and 2,000 about the clinic, and compare every step
	$(BIN)/python -m tests.programs --programs 10000 --seed 1
	PYTHONPATH=examples/clinic/src $(BIN)/python -m gapless.testing.differential --programs 2000 --seed 1 \
		--catalogue clinic.catalogue:CLINICS

privileges: $(READY) ## write docs/privileges.md anew: what each use case needs, and what came of each attack
	$(BIN)/python -m tests.privileges

fuzz: $(READY) ## make 100,000 calls with hostile arguments on both stores; CALLS=… and SEED=… for others
	$(BIN)/python -m tests.fuzzing --calls $(or $(CALLS),100000)$(SEED:%= --seed %)

mutants: $(READY) ## plant 100 faults, and list those that no test finds; COUNT=…, SEED=… and PLACE=… for others
	$(BIN)/python -m tests.mutants --count $(or $(COUNT),100)$(SEED:%= --seed %)$(PLACE:%= --place %) $(MUTANTS)

reach: $(READY) ## note which test runs which line, so that `make mutants` asks those first; it takes twice as long as the tests
	$(BIN)/python -m tests.mutants.reach $(SPREAD) $(PYTEST) tests

bench: $(READY) ## run the benchmarks, and write bench.json; AGAINST=<commit> says instead whether this checkout is slower than it
	$(BIN)/python -m benchmarks$(if $(AGAINST),.comparison "$(AGAINST)"$(LIMIT:%= --limit %), --json bench.json)$(ROUNDS:%= --rounds %)

bench-page: $(READY) ## write the page of the benchmarks with its drawings: of the runs in RESULTS="a.json b.json", of bench.json, or anew
	$(BIN)/python -m benchmarks.page $(or $(RESULTS),$(wildcard bench.json))

hooks: $(READY) ## let git run the parts of `make check`: types before each push, the others before each commit
	$(BIN)/pre-commit install

format: $(READY) ## format the code and repair what the linter can repair
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

lock: $(BIN)/uv ## write uv.lock anew from pyproject.toml; LOCK=--upgrade takes the newest versions
	$(BIN)/uv lock --no-python-downloads $(LOCK)
	$(BIN)/python scripts/neutral_lock.py uv.lock
	$(EXPORT) --only-group bootstrap --output-file scripts/bootstrap.txt

sbom: $(READY) ## write dist/gapless-….cdx.json: what every extra but bench and dev brings along, from the lock
	@mkdir -p dist
	$(BIN)/python -m scripts.sbom dist

dist: $(READY) ## build the wheel and the sources of what is committed, the same to the byte each time, with the SBOM
	rm -rf build dist
	mkdir -p build
	git archive HEAD | tar -x -C build
	cd build && "$(abspath $(BIN))/python" -m hatchling build --directory ../dist
	cd build && "$(abspath $(BIN))/python" -m scripts.sbom ../dist

release-check: $(READY) ## say what stands against a release of this version
	$(BIN)/python -m scripts.changelog --release
	@test -z "$$(git status --porcelain)" || { git status --short && echo "not committed" && exit 1; }

clean: ## remove the environment and everything generated
	rm -rf .venv .venv-* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage .coverage.* \
		build dist .ci/servers/node_modules
	find $(CODE) -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv: scripts/bootstrap.txt
	@test -n "$(PYTHON)" || { echo "gapless needs Python 3.11 or newer: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "setting up $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV)
	@$(INSTALL) --require-hashes -r scripts/bootstrap.txt
	@touch $@

$(READY): $(BIN)/uv pyproject.toml uv.lock
	@$(EXPORT) --all-extras --output-file $(VENV)/requirements.txt >/dev/null
	@echo "installing the locked dependencies"
	@$(INSTALL) --require-hashes -r $(VENV)/requirements.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(OLDER_READY): $(READY)
	@echo "setting up $(OLDER), with the oldest SQLAlchemy"
	@$(EXPORT) --all-extras --group older --output-file $(OLDER).txt >/dev/null
	@$(BIN)/python -m venv $(OLDER)
	@$(INSTALL:$(BIN)%=$(OLDER)/bin%) --require-hashes -r $(OLDER).txt
	@$(INSTALL:$(BIN)%=$(OLDER)/bin%) --no-deps --no-build-isolation --editable .
	@touch $@
