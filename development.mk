# The targets for work on this project; the Makefile has those that run and deploy it. `make` reads both.

UV_COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-emit-index-url --no-emit-find-links

.PHONY: test check soak mutants load integrations test-stripe test-live scan bench profile wheel release-files dashboard lock

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

test-live: setup ## the PayPal rail, at PayPal's sandbox; needs PAYPAL_CLIENT_ID and _SECRET; not run yet
	@.venv/bin/python -m tests.live $(ARGS)

scan: setup ## known holes in the packages, secrets in files and history; asks the registries
	@.venv/bin/python -m tests.scan $(ARGS)

bench: setup ## measure, and write docs/explanation/performance.md; one question: ARGS=warm_authorize
	@.venv/bin/python layers/build.py --target local
	@.venv/bin/python -m benchmarks $(ARGS)

profile: setup ## where a warm authorization spends its time; of an intent: ARGS=stripe
	@.venv/bin/python -m benchmarks.top_costs $(ARGS)

wheel: setup ## dist/paysandbox-….whl, which starts a sandbox without this folder and without Node.js
	@.venv/bin/python -m hatchling build --target wheel

release-files: setup ## what a release consists of, in dist: the wheel, its SBOM, licenses of others, checksums
	@.venv/bin/python -m release.files

dashboard: setup ## check the dashboard's page and build it into dashboard/built
	@cd dashboard && export PATH="$(CURDIR)/.venv/bin:$$PATH" && npm run --silent types && npm run --silent lint && \
		npm run --silent check && npm run --silent test && npm run --silent build

lock: setup ## write the lock files anew; newer versions with ARGS=--upgrade
	@cd requirements && for name in uv layer engine program checkout dev; do ../$(UV_COMPILE) $(ARGS) $$name.in -o $$name.txt || exit 1; done
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent --prefix dashboard
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent --prefix tests/browser
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm install --package-lock-only --silent --prefix packages/vitest
	@echo "Locked. The next make installs what changed."
