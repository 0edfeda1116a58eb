"""docs/reference/environment-variables.md: variables that the program, packages for tests and the load test read."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from docs.pages.markdown import code, head, table

ROOT: Final = Path(__file__).resolve().parents[2]
READ_BY: Final = ("cli", "engine", "load_tests", "packages")
_NAME: Final = re.compile(r"\bPAYSANDBOX_[A-Z][A-Z_]*[A-Z]\b")

VARIABLES: Final[Mapping[str, Mapping[str, str]]] = {
    "The API": {
        "PAYSANDBOX_BASE_URL": "Base URL of the API. Commands use it unless you pass `--base-url`, `--env` or "
        "`--merchant`. "
        "Exported by `status -o env`.",
        "PAYSANDBOX_API_KEY": "API key. Commands use it unless you pass a key, `--env` or `--merchant`. The load test "
        "takes "
        "several, separated by commas. Exported by `status -o env`.",
        "PAYSANDBOX_REGION": "AWS Region of the environment. Exported by `status -o env`.",
    },
    "The local sandbox": {
        "PAYSANDBOX_HOME": "Folder that holds the state of the sandbox. Default: `.sandbox` in the repository, or "
        "`~/.paysandbox` with a wheel. Use one folder and one port per sandbox.",
        "PAYSANDBOX_NAME": "Name of the sandbox, as `paysandbox --name`. Its state is in a folder of its own within "
        "`PAYSANDBOX_HOME`. Unset or `default`: the default sandbox.",
        "PAYSANDBOX_PORT": "Port of the sandbox, as `up --port`.",
        "PAYSANDBOX_SECOND_PORT": "A second port of the API, such as `12111` for clients that have the port "
        "of stripe-mock in their settings. Links and pages name the first one. Read when the sandbox starts.",
        "PAYSANDBOX_BIND": "Address to listen on, as `up --bind`: `127.0.0.1` or `0.0.0.0`.",
        "PAYSANDBOX_HOST": "Further host name of the API, as `up --host`.",
        "PAYSANDBOX_OTLP": "URL of the OpenTelemetry collector that gets [traces](../how-to/trace-a-payment.md), as "
        "`up --otlp`. `off`: none.",
        "PAYSANDBOX_IMAGES": "Folder with images of deployed sandboxes, which hold no secrets. If the state folder is "
        "empty, `up` restores the image of this version instead of deploying it. In a checkout, the folder "
        "`assemblies` beside it has the synthesized CDK app. Default: `~/.cache/paysandbox/images`.",
        "PAYSANDBOX_PAYMENTS_MAX": "How many payments the sandbox takes, of all merchants. Default: 200000. More are "
        "rejected ([`payment_limit_reached`](errors.md#payment_limit_reached)). Each needs about 5 kB of memory. Read "
        "when the sandbox starts.",
        "PAYSANDBOX_LOG_ENTRIES_MAX": "How many entries the request log keeps, and the feed as many. Default: 20000. "
        "Entries are kept for a day at most. Read when the sandbox starts.",
        "PAYSANDBOX_SEARCH_MS": "For how many milliseconds a request compares what no index has: a search, or a list "
        "with such a filter. Default: 300. The page then ends, and the next one continues. Read when the sandbox "
        "starts.",
        "PAYSANDBOX_AUTH": "`1`: the engine enforces IAM policies. For tests.",
        "PAYSANDBOX_FUNCTION_CALLS": "`http`: functions call the local AWS over HTTP, as on macOS, and not over the "
        "sockets of their processes. For tests. Read when the sandbox starts.",
        "PAYSANDBOX_SNAPSHOT_EVERY_S": "Seconds until a snapshot of the state that failed is repeated, and at most "
        "between two while keys, users or settings keep changing. `0`: the state is saved only when the sandbox stops. "
        "For measurements.",
    },
    "AWS of the local sandbox": {
        "PAYSANDBOX_AWS_ENDPOINT_URL": "Endpoint of the local AWS services. The packages for tests create merchants "
        "there. Exported by `status -o env`.",
        "PAYSANDBOX_AWS_ACCESS_KEY_ID": "Access key of the local AWS services. Exported by `status -o env`.",
        "PAYSANDBOX_AWS_SECRET_ACCESS_KEY": "Secret access key of the local AWS services. Exported by `status -o env`.",
    },
    "Runs of `paysandbox lose`": {
        "PAYSANDBOX_RUN": "Set for your command: the run's ID, the same whenever a cell is repeated with its seed.",
        "PAYSANDBOX_ATTEMPT": "Set for your command: `1`, or `2` when it is run again.",
        "PAYSANDBOX_TMP": "Set for your command: a folder that both runs of a cell share. It is empty at first.",
    },
    "Donations": {
        "PAYSANDBOX_DONOR_PASSWORD": "Password of the donor for `donations sign-in`, instead of a prompt.",
        "PAYSANDBOX_DONOR_TOKEN": "Identity token for `donations create`, instead of signing in.",
    },
}
"""Meaning of each variable, by section. The page cannot be generated while a "
        "variable that the code names is missing."""

AWS: Final[Mapping[str, str]] = {
    "AWS_ENDPOINT_URL": "Endpoint of the local AWS services.",
    "AWS_ACCESS_KEY_ID": "Access key of the local AWS services.",
    "AWS_SECRET_ACCESS_KEY": "Secret access key of the local AWS services.",
    "AWS_DEFAULT_REGION": "Region of the local AWS services.",
}


def page() -> str:
    """The page."""
    missing = named_in_code() ^ {name for section in VARIABLES.values() for name in section}
    if missing:
        raise AssertionError(f"environment variables and their meanings differ: {sorted(missing)}")
    return "\n".join([*_introduction(), *_sections()]) + "\n"


def named_in_code() -> set[str]:
    """Every variable of ours that the code names."""
    files = (file for folder in READ_BY for file in (ROOT / folder).rglob("*.py"))
    return {name for file in files for name in _NAME.findall(file.read_text())}


def _introduction() -> Iterator[str]:
    yield from head("Environment variables", "`docs/pages/environment_variables.py`, checked against the code")
    yield "Variables that `paysandbox`, the packages for tests and the load test read. Options on the command line take"
    yield "precedence. This sets the address and a key of the local sandbox in your shell:"
    yield ""
    yield "```console"
    yield '$ eval "$(paysandbox status -o env)"'
    yield "```"


def _sections() -> Iterator[str]:
    for title, section in VARIABLES.items():
        yield from ("", f"## {title}", "")
        yield from table(("Variable", "Meaning"), ((code(name), words) for name, words in section.items()))
    yield from ("", "## For AWS tools", "")
    yield "`paysandbox status -o aws` exports these variables, so that the AWS CLI and SDKs use the local AWS"
    yield "services. For environments in AWS, use your own credentials: commands with `--env` read the standard AWS"
    yield "configuration."
    yield ""
    yield from table(("Variable", "Meaning"), ((code(name), words) for name, words in AWS.items()))
