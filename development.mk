# Targets for development of this project. The Makefile has those that run and deploy it, and includes this file.

UV_COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

.PHONY: test check soak mutants faults load integrations test-stripe test-live scan bench profile wheel release-files dashboard lock

test: setup ## Run lint, type checks, the secret scan and the fast tests; ARGS=all: every test, with coverage
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python layers/build.py --target aws
	@.venv/bin/python layers/reference.py
	@.venv/bin/python noxfile.py $(ARGS)

check: setup ## Run lint and the tests nearest to your changes
	@.venv/bin/python noxfile.py lint walls nearest

soak: setup ## Run the long tests with new seeds (hours); ARGS=--minutes=40: those that fit into that time
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python layers/reference.py
	@.venv/bin/python noxfile.py soak $(ARGS)

mutants: setup ## Run mutation tests on the money rules
	@.venv/bin/python -m tests.mutants $(ARGS)

faults: setup ## Check that the tests find each fault of tests/faults; one fault: ARGS=fee_rounds_down
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python -m tests.faults $(ARGS)

load: setup ## Run a load test against the thresholds in load_tests/thresholds.toml
	@.venv/bin/python -m load_tests.run $(ARGS)

integrations: setup ## Download third-party Stripe integrations and run them against a sandbox; ARGS="--from FOLDER": offline
	@.venv/bin/python -m integrations $(ARGS)

test-stripe: setup ## Send the same requests of client libraries to Stripe; needs STRIPE_TEST_KEY
	@.venv/bin/python -m integrations.at_stripe $(ARGS)

test-live: setup ## Pay customers in the sandboxes of PayPal and Stripe, with your keys: PAYPAL_CLIENT_ID, PAYPAL_CLIENT_SECRET, STRIPE_TEST_KEY (not run yet)
	@.venv/bin/python -m tests.live $(ARGS)

scan: setup ## Scan packages for known vulnerabilities, and files and history for secrets (needs a network)
	@.venv/bin/python -m tests.scan $(ARGS)

bench: setup ## Run the short benchmarks; ARGS=deployed: one by its name
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python -m benchmarks $(ARGS)

profile: setup ## Profile a warm authorization
	@.venv/bin/python -m benchmarks.warm_authorize --profile

wheel: setup ## Build dist/paysandbox-….whl, which starts a sandbox without this checkout and without Node.js
	@.venv/bin/python -m hatchling build --target wheel

release-files: setup ## Build the files of a release in dist: packages, bill of materials, licenses, API documents, checksums
	@.venv/bin/python -m release.files

dashboard: setup ## Check the pages and build them into dashboard/built and lambdas/donations/page
	@cd dashboard && export PATH="$(CURDIR)/.venv/bin:$$PATH" && npm run --silent lint && npm run --silent check && \
		npm run --silent test && npm run --silent build && npm run --silent build:donate

lock: setup ## Update the lock files; ARGS=--upgrade: to newer versions
	@cd requirements && for name in uv layer engine program checkout dev playwright testcontainers; do ../$(UV_COMPILE) $(ARGS) $$name.in -o $$name.txt || exit 1; done
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent --prefix tests/browser
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent --prefix tests/infra/iam/simulator
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent --prefix tests/stripe_majors
	@echo "Locked. The next make installs what changed."
