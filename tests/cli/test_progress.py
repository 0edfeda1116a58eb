"""Parsing of the output of `cdk deploy`, with lines as the pinned CLI prints them."""

import pytest

from cli.sandbox.progress import News, Progress

PREFIX = "paysandbox-local-"


def event(stack, status, kind, what, done="3/9"):
    return f"paysandbox-local-{stack} |  {done} | 8:10:50 AM | {status:19} | {kind:26} | {what} "


def read(*lines):
    progress = Progress(PREFIX)
    return progress, [news for line in lines if (news := progress.read(line)) is not None]


@pytest.mark.parametrize(
    "line, news",
    [
        ("✅  paysandbox-local-data", News("data: deployed")),
        ("✅  paysandbox-local-data (no changes)", News("data: unchanged")),
        (event("api", "CREATE_COMPLETE", "AWS::Lambda::Permission", "p (p1)"), News("api: 3 of 9 done", passing=True)),
        (event("api", "CREATE_IN_PROGRESS", "AWS::IAM::Role", "r (r1)", "  3"), News("api: 3 done", passing=True)),
        ("✨  Deployment time: 0.11s", None),
        ("paysandbox-local-api.BaseUrl = http://127.0.0.1:4720", None),
        ("WARNING Body: Defining 'Body' with | a pipe", None),
        ("", None),
    ],
)
def test_selection_of_progress_lines(line, news):
    assert read(line)[1] == ([] if news is None else [news])


def test_a_failure_is_shown_without_its_consequences():
    progress, news = read(
        event(
            "secrets", "CREATE_FAILED", "Custom::GeneratedSecret", "Pepper/Default (Pepper) Custom resource timed out"
        ),
        event("secrets", "CREATE_FAILED", "AWS::IAM::Role", "role (role1) Resource creation cancelled"),
    )

    assert progress.failures == ["secrets: Pepper/Default (Custom::GeneratedSecret): Custom resource timed out"]
    assert news == [News("secrets: Pepper/Default failed"), News("secrets: role failed")]
