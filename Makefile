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

# Neither a sandbox nor a deployment needs tools to build the dashboard's page, whose build is committed.
up: INSTALL_FLAGS += --to-run
build: INSTALL_FLAGS += --to-build

.PHONY: help up down build clean setup

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'
	@echo
	@echo '  ARGS="…" passes arguments on: make up ARGS="--port 4600"'

up: setup ## Start the sandbox on this machine and deploy to it
	@.venv/bin/paysandbox up $(ARGS)

down: ## Stop the sandbox, keeping its payments
	@if [ -x .venv/bin/paysandbox ]; then .venv/bin/paysandbox down $(ARGS); else echo "Nothing is installed here, so nothing runs."; fi

build: setup ## Build the Lambda packages and the docs pages
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python layers/build.py --target aws
	@.venv/bin/python layers/reference.py

clean: ## Stop the sandbox and remove everything that make built, keeping its payments (.sandbox)
	-@$(MAKE) down
	@rm -rf .venv .venv-engine node_modules dashboard/node_modules dashboard/src/api/schema.ts dashboard/src/*/*.json packages/*/node_modules packages/*/dist packages/*/src/client packages/client/src/operations.ts packages/client/src/shapes.ts \
		packages/paysandbox-client/src/paysandbox_client/operations.py packages/paysandbox-client/src/paysandbox_client/shapes.py layers/shared/python/paysandbox/stripe_api/catalog/operations.txt layers/vendor api_reference/.built lambdas/reference/.built cdk.out .coverage .coverage.* htmlcov \
		.cache .load .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@'$(or $(PYTHON),false)' -c '$(ENOUGH)' 2>/dev/null || { \
		echo "This needs Python 3.11 or newer, and found $(or $(PYTHON),none)." >&2; \
		echo "Install one, or name one that you have: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@'$(PYTHON)' requirements/install.py $(INSTALL_FLAGS)

# What an ejected folder does not have: tests, benchmarks, releases.
-include development.mk
