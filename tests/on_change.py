"""Tests of whole programs: they run when a folder that they depend on has changed, and before a release.

Each of them builds a package and installs it, starts Node.js for all of the dashboard, goes through its pages in a
browser or through the documents in a shell, starts more sandboxes, runs programs by `lose` or integrations, runs
pytest in pytest, synthesizes the app, compiles all packages of a wheel, or tries what is reported about ministack,
which takes as long as all races together. `make test` leaves out those whose folders are as in the last commit that
passed, and says so. If no such commit is known, as in a shallow clone, they run. `make test ARGS="all on_change"` runs
all of them, as the release does, and every night .github/workflows/nightly.yml on main: what is older than a day there
has been run.
"""

import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]

# Every file that such a test reads, directly or in what it builds, except the API itself, which has its own tests.
_CREDENTIAL: Final = "layers/shared/python/paysandbox/http/keys/credential.py"
_LAYER: Final = ROOT / "layers/shared/python/paysandbox"
# What the API's document is made of, and the lines of its contract: they follow from the shapes, wherever those are.
_API: Final = (
    *("api_reference", "tests/api_reference/contract.txt"),
    *sorted(file.relative_to(ROOT).as_posix() for file in _LAYER.glob("*/routes.py")),
)
_CLIENT_PYTHON: Final = ("packages/paysandbox-client", "tests/support/tools/python_package.py", *_API)
# Of a package for Node.js: the lock, which has its tools, and how the tests build it.
_NODE: Final = ("package-lock.json", "tests/support/tools/node_package.py")
_CLIENT_NODE: Final = ("packages/client", *_NODE, *_API)
_PYTEST: Final = (*_CLIENT_PYTHON, "packages/pytest-paysandbox", "lambdas/clock", _CREDENTIAL)
_STRIPE_JS: Final = (
    *("stripe_js", "lambdas/reference/stripe_js.py", "docs/how-to/pay-in-a-browser.md"),
    *("tests/support/clients/strict_shop.py", "tests/support/tools/chromium.py"),
)
_VITEST: Final = (
    *("packages/vitest", "packages/node-client", "lambdas/clock", _CREDENTIAL, "docs/how-to/test-in-ci.md"),
    *_CLIENT_NODE,
)
_JEST: Final = (
    *("packages/jest", "packages/node-client", "lambdas/clock", _CREDENTIAL, "docs/how-to/test-in-ci.md"),
    *_CLIENT_NODE,
)
_TESTCONTAINERS: Final = (
    *("packages/node-client", "packages/pytest-paysandbox", "packages/testcontainers-node"),
    *("packages/testcontainers-python", "requirements/testcontainers.txt"),
    *(*_CLIENT_NODE, *_CLIENT_PYTHON),
)
_WHEEL: Final = (
    *(
        "cli/deploy",
        "cli/sandbox",
        "cli/up",
        "layers/build.py",
        "layers/stripe_names.py",
        "pyproject.toml",
        "README.md",
        "release",
        "requirements/engine.txt",
        "requirements/install.py",
        "requirements/layer.txt",
        "requirements/program.txt",
    ),
    "tests/support/tools/wheel.py",
)
# The tests of how tests are run: each starts pytest several times.
_PYTEST_ITSELF: Final = "requirements/dev.txt"
# With what docs/dashboard_facts.py reads.
_DASHBOARD: Final = (
    *("dashboard", "docs/dashboard_facts.py", *_API),
    *("cli/webhooks/event_types.py", "package-lock.json"),
    *(
        f"layers/shared/python/paysandbox/{name}"
        for name in ("core/event_type.py", "payments/bank", "payments/disputes/dispute.py", "stripe_api")
    ),
)
# What a browser gets: the committed build, which is that of the sources, and axe. Other tests of pages always run.
_DASHBOARD_IN_BROWSER: Final = (
    *("dashboard/built", "dashboard_site", "package-lock.json"),
    *("engine/wall/dashboard.py", "engine/wall/dashboard_files.py"),
    *("tests/support/clients/axe.py", "tests/support/clients/browser.py", "tests/support/clients/dashboard.py"),
)
_START: Final = ("cli/deploy", "cli/sandbox", "cli/state", "cli/up", "engine/state", "requirements/engine.txt")
_DOCUMENTS: Final = (
    *("cli", "docs/how-to", "docs/consumers", "packages/pytest-paysandbox", "tests/support/tools/blocks.py"),
    *(f"docs/reference/{name}.md" for name in ("donations", "settlement", "statements", "webhooks")),
)
_SYNTH: Final = (
    *("app.py", "cdk.json", "environments", "layers/build.py", "layers/reference.py", "layers/stripe_js.py", "stacks"),
    "stripe_js",
    *("requirements/checkout.txt", "requirements/layer.txt"),
)
_EXPLORER: Final = (
    *("lambdas/reference", "layers/reference.py", "package-lock.json", *_API),
    *("tests/support/clients/axe.py", "tests/support/clients/browser.py"),
)
_LOSE: Final = ("cli/connection", "cli/lose", "cli/terminal")
_ACTION: Final = ("action", "action.yml", ".gitignore", "cli/sandbox", "cli/up")

ON_CHANGE: Final[Mapping[str, Sequence[str]]] = {
    "tests/dashboard/test_npm.py": _DASHBOARD,
    "tests/e2e/packages/test_action.py": _ACTION,
    "tests/e2e/packages/test_image.py": (*_WHEEL, "Dockerfile", "engine/wall", "tests/support/worlds/dockerfile.py"),
    "tests/e2e/dashboard/test_dashboard_accessibility.py": _DASHBOARD_IN_BROWSER,
    "tests/e2e/dashboard/test_dashboard_keyboard.py": _DASHBOARD_IN_BROWSER,
    "tests/e2e/dashboard/test_exports.py": ("dashboard/src/activity", "package-lock.json"),
    "tests/e2e/sandbox/test_diff.py": (
        "app.py",
        "cli/deploy",
        "environments",
        "package-lock.json",
        "requirements/engine.txt",
        "stacks",
    ),
    "tests/e2e/docs/test_documents.py": _DOCUMENTS,
    "tests/e2e/docs/test_explorer.py": _EXPLORER,
    "tests/e2e/docs/test_tutorial.py": (*_START, "README.md", "docs/tutorial.md", "tests/support/tools/blocks.py"),
    "tests/e2e/lose/test_aa_stripe.py": (
        "cli/lose",
        "tests/e2e/lose/aa_stripe",
        "tests/support/tools/pinned_versions.py",
    ),
    "tests/e2e/lose/test_pympp.py": (
        "cli/lose",
        "layers/shared/python/paysandbox/stripe_api/payment_methods/granted_tokens.py",
        "tests/e2e/lose/pympp",
        "tests/support/tools/pinned_versions.py",
    ),
    "tests/e2e/lose/test_planted_shops.py": (
        "cli/lose",
        "layers/shared/python/paysandbox/http/faults/webhook_faults.py",
        "tests/e2e/lose/planted_shop.py",
    ),
    "tests/e2e/lose/test_lose_webhooks.py": (
        "cli/lose",
        "layers/shared/python/paysandbox/http/faults/webhook_faults.py",
        "tests/e2e/lose/webhook_shop.py",
    ),
    "tests/e2e/lose/test_stripe_mcp.py": (
        *("cli/lose", "docs/how-to/lose-answers.md", "tests/e2e/lose/stripe_mcp"),
        "tests/support/tools/node_package.py",
    ),
    "tests/e2e/lose/test_shop_example.py": ("cli/lose", "examples/shop", "package-lock.json"),
    "tests/e2e/test_load.py": ("load_tests", "locustfile.py", "requirements/dev.txt"),
    "tests/e2e/sandbox/test_named_sandboxes.py": (*_START, "engine/wall"),
    "tests/e2e/packages/test_client.py": (*_CLIENT_NODE, *_CLIENT_PYTHON, "docs/how-to/use-the-client.md"),
    "tests/e2e/packages/test_index.py": (*_WHEEL, *_PYTEST, "tests/support/fakes/package_index.py"),
    "tests/e2e/packages/test_jest.py": _JEST,
    "tests/e2e/packages/test_playwright.py": (
        *_STRIPE_JS,
        "packages/playwright",
        *_NODE,
    ),
    "tests/e2e/packages/test_pytest_paysandbox.py": _PYTEST,
    "tests/e2e/packages/test_stripe_redirect.py": (*_PYTEST, *_STRIPE_JS, "requirements/playwright.txt"),
    "tests/e2e/packages/test_testcontainers.py": _TESTCONTAINERS,
    "tests/e2e/packages/test_vitest.py": _VITEST,
    "tests/e2e/sandbox/test_seed_and_state.py": (*_START, "cli/seed", "docs/how-to/reset-and-seed.md"),
    "tests/e2e/sandbox/test_watch.py": (*_START, "engine/workers"),
    "tests/e2e/packages/test_wheel.py": _WHEEL,
    "tests/e2e/stripe_api/test_integrations.py": (
        *("integrations", "packages", "stripe_js", "requirements/playwright.txt"),
        *("lambdas/stripe_api", "layers/shared/python/paysandbox/stripe_api"),
        *("tests/e2e/stripe_api/sample", "tests/support/tools/chromium.py", "tests/support/tools/python_package.py"),
    ),
    "tests/e2e/stripe_api/test_stripe_js_majors.py": (*_STRIPE_JS, "tests/stripe_majors"),
    "tests/engine/corrections/test_reports.py": ("engine/corrections", "requirements/engine.txt"),
    "tests/infra/test_synth.py": (*_WHEEL, *_SYNTH),
    "tests/infra/test_wheel.py": (*_WHEEL, *_SYNTH, "packages/pytest-paysandbox"),
    "tests/packages/test_action.py": _ACTION,
    "tests/packages/test_client_in_node.py": _CLIENT_NODE,
    "tests/packages/test_pytest_paysandbox.py": _PYTEST,
    "tests/project/suite/test_check.py": ("tests/check.py", "tests/support/tools/stop_after.py", _PYTEST_ITSELF),
    "tests/project/suite/test_outages.py": ("tests/outages.py", _PYTEST_ITSELF),
    "tests/project/suite/test_soak.py": ("tests/support/tools/soak.py", _PYTEST_ITSELF),
    # Of what is neither money nor a package.
    "tests/benchmarks/test_before_and_after.py": ("benchmarks",),
    "tests/cli/lose/test_mcp_run.py": (*_LOSE, "tests/cli/lose/agent_tools.py"),
    "tests/cli/lose/test_run.py": (*_LOSE, "tests/cli/lose/shop.py"),
    "tests/layers/test_docs_site.py": ("docs", "layers/docs_site.py", "layers/docs_text.py", "layers/reference.py"),
    "tests/cli/deploy/test_wheel_assembly.py": (
        *_WHEEL,
        "engine/state/stored.py",
        "layers/aws_models.py",
        "layers/installed_packages.py",
    ),
    "tests/layers/test_app_without_byte_code.py": _SYNTH,
    "tests/packages/test_client_package.py": (*_CLIENT_PYTHON, "package-lock.json", "tests/packages/test_client.py"),
}
"""The files of tests, and the files and folders that each depends on, besides itself."""

PASSED: Final = Path(".cache/passed")
"""The file with the last commit for which `make test ARGS=all` passed in this checkout."""

MAINS: Final = ("origin/main", "main")

NIGHTLY: Final = timedelta(hours=24)
"""The time between two runs of all of these tests on main."""


def left_out(
    root: Path = ROOT, tests: Mapping[str, Sequence[str]] = ON_CHANGE, now: datetime | None = None
) -> dict[str, str]:
    """Return the files of tests that need not run, each with the reason."""
    commit = last_passed(root, now)
    if not commit:
        return {}
    changed = _git(root, "diff", "--name-only", "--no-renames", commit) + _git(
        root, "ls-files", "--others", "--exclude-standard"
    )
    return {
        test: f"unchanged since {commit[:9]}"
        for test, needed in tests.items()
        if not any(file == one or file.startswith(f"{one}/") for file in changed for one in (test, *needed))
    }


def last_passed(root: Path = ROOT, now: datetime | None = None) -> str:
    """Return the newest commit known to have passed, or "".

    This is what `record` noted in this checkout, or where the branch left main, or, on main, its newest commit that a
    nightly run has seen. Of a branch that was merged, this is the merge.
    """
    if not has_history(root):
        return ""
    [head] = _git(root, "rev-parse", "HEAD")
    if noted := noted_commit(root):
        return noted
    for main in MAINS:
        left = _git(root, "merge-base", "HEAD", main)
        if left and left != [head]:
            return left[0]
    before = ((now or datetime.now(UTC)) - NIGHTLY).isoformat(timespec="seconds")
    seen = _git(root, "rev-list", "--first-parent", "--max-count=1", f"--before={before}", "HEAD")
    return seen[0] if seen else ""


def merged_or_noted(root: Path = ROOT) -> str:
    """Return the newest commit known to have passed `make test ARGS=all`, or "".

    This is what main has of this branch, or what `record` noted in this checkout.
    """
    if not has_history(root):
        return ""
    return next(iter(_git(root, "merge-base", "HEAD", MAINS[0])), "") or noted_commit(root)


def noted_commit(root: Path) -> str:
    """Return the commit that `record` noted, if HEAD is built on it, or ""."""
    noted = (root / PASSED).read_text() if (root / PASSED).exists() else ""
    return noted if noted and _git(root, "merge-base", noted, "HEAD") == [noted] else ""


def record(root: Path = ROOT) -> None:
    """Note that every test passed for this commit, unless the checkout has other files than it."""
    if not _git(root, "status", "--porcelain"):
        (root / PASSED).parent.mkdir(exist_ok=True)
        (root / PASSED).write_text(_git(root, "rev-parse", "HEAD")[0])


def has_history(root: Path) -> bool:
    """Return whether this is a repository with every commit: a shallow clone and an unpacked archive are not."""
    return _git(root, "rev-parse", "--is-shallow-repository") == ["false"]


def _git(root: Path, *words: str) -> list[str]:
    """Return the lines that git prints, or none if it fails."""
    done = subprocess.run(["git", *words], cwd=root, text=True, capture_output=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []
