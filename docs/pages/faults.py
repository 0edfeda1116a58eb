"""docs/reference/faults.md: the faults that can be injected, from the table of their kinds."""

from collections.abc import Iterator

from docs.pages.markdown import code, head, table
from paysandbox.fault_rules.checking import MAX_RULES
from paysandbox.http.faults.faults_table import RETENTION_S
from paysandbox.http.faults.kinds import KINDS, Kind, Moment


def page() -> str:
    """Return the page's content."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield from head("Faults", "layers/shared/python/paysandbox/http/faults/kinds.py")
    yield "What can be injected into a request: [Inject faults](../how-to/inject-faults.md) says how."
    for moment, title in (
        (Moment.AFTER, "After the operation"),
        (Moment.BEFORE, "Before the operation"),
        (Moment.WEBHOOK, "To the webhook"),
    ):
        yield ""
        yield f"## {title}"
        yield ""
        kinds = [kind for kind in KINDS if kind.moment is moment]
        columns = ("Fault", "Parameters", "Meaning", "In the local sandbox", "On AWS")
        yield from table(columns, ([code(k.name), _parameters(k), k.does, k.on_laptop, k.on_aws] for k in kinds))
    yield ""
    yield "The faults after the operation are for requests that change something: of a read there is nothing to lose."
    yield "Faults of webhooks are injected by rules, into one attempt each."
    yield ""
    yield "## Limits"
    yield ""
    limits = (
        ("Rules of a merchant", f"{MAX_RULES}"),
        ("Duration of a rule", "10 minutes, a day at most, of wall time"),
        ("Time until a new rule is in force", "the answer to its request comes afterwards"),
        ("Faults of a request", "one: its own, or else that of the oldest rule that hits it"),
        ("Log of faults", f"{RETENTION_S // 3_600} hours; the latest 100"),
        ("Environments", "those whose clock may move: `local`, `dev`, or `-c clock_may_move=true`"),
        ("Requests that are never hit", "those below `/sandbox/`, of the activity, and reads with a dashboard's key"),
    )
    yield from table(("What", "Limit"), limits)


def _parameters(kind: Kind) -> str:
    texts = (
        f"{code(name)}: {about.values}{'' if about.default is None else f' ({about.default})'}"
        for name, about in kind.parameters.items()
    )
    return "<br>".join(texts)
