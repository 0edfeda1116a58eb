# Needs Python 3.11 or newer and make. Everything else is installed into this folder, from the lock files.
.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

# The first Python on the PATH that is new enough; `make PYTHON=/path/to/python` chooses another.
ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
ifeq ($(origin PYTHON),undefined)
PYTHON = $(eval PYTHON := $(shell for p in python3 python python3.14 python3.13 python3.12 python3.11; do \
	$$p -c '$(ENOUGH)' 2>/dev/null && echo $$p && break; done))$(PYTHON)
else
# Chosen on purpose: a .venv made with another Python is made anew.
INSTALL_FLAGS := --this-python
endif

UV_COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

.PHONY: help up down test check soak mutants load integrations test-stripe scan bench profile build lock clean setup

help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-12s %s\n", $$1, $$2 }'
	@echo
	@echo '  ARGS="…" is passed on: make up ARGS="--port 4600", make test ARGS="unit infra"'

up: setup ## start the sandbox on this machine and deploy to it
	@.venv/bin/paysandbox up $(ARGS)

down: ## stop what `make up` started; payments are kept
	@if [ -x .venv/bin/paysandbox ]; then .venv/bin/paysandbox down $(ARGS); else echo "Nothing is installed here, so nothing runs."; fi

test: setup ## lint, types, walls, secrets and the tests, in minutes; all of them, and coverage: ARGS=all
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python layers/build.py --target aws
	@.venv/bin/python layers/reference.py
	@.venv/bin/python noxfile.py $(ARGS)

check: setup ## lint and the tests nearest to what changed, in 20 seconds
	@.venv/bin/python noxfile.py lint walls nearest

soak: setup ## the long tests
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python layers/reference.py
	@.venv/bin/python noxfile.py soak $(ARGS)

mutants: setup ## whether a test fails when a rule of money is changed; some minutes
	@.venv/bin/python -m tests.mutants $(ARGS)

load: setup ## payments under load, judged by load_tests/thresholds.toml
	@.venv/bin/python -m load_tests.run $(ARGS)

integrations: setup ## applications that others wrote, against a sandbox; fetches them: ARGS="--from FOLDER" without a network
	@.venv/bin/python -m integrations $(ARGS)

test-stripe: setup ## the calls of libraries, at Stripe itself; needs STRIPE_TEST_KEY
	@.venv/bin/python -m integrations.at_stripe $(ARGS)

scan: setup ## known holes in the packages, secrets in files and history; asks the registries
	@.venv/bin/python -m tests.scan $(ARGS)

bench: setup ## measure, and write docs/explanation/performance.md; one question: ARGS=warm_authorize
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python -m benchmarks $(ARGS)

profile: setup ## where a warm authorization spends its time; of an intent: ARGS=stripe
	@.venv/bin/python -m benchmarks.top_costs $(ARGS)

build: setup ## what the functions carry: packages for this machine and for Lambda, pages
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python layers/build.py --target aws
	@.venv/bin/python layers/reference.py

lock: setup ## write the lock files anew; newer versions with ARGS=--upgrade
	@cd requirements && for name in uv layer engine dev; do ../$(UV_COMPILE) $(ARGS) $$name.in -o $$name.txt || exit 1; done
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent
	@echo "Locked. The next make installs what changed."

clean: ## stop the sandbox and remove what make made; payments (.sandbox) are kept
	-@$(MAKE) down
	@rm -rf .venv .venv-engine node_modules layers/vendor lambdas/reference/.built cdk.out .coverage .coverage.* htmlcov \
		.cache .load .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@'$(or $(PYTHON),false)' -c '$(ENOUGH)' 2>/dev/null || { \
		echo "This needs Python 3.11 or newer, and found $(or $(PYTHON),none)." >&2; \
		echo "Install one, or name one that you have: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@'$(PYTHON)' requirements/install.py $(INSTALL_FLAGS)
