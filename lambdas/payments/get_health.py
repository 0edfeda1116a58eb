"""GET /health: whether the service can answer, and what was checked."""

from paysandbox import VERSION
from paysandbox.routes.payments import GET_HEALTH
from paysandbox.runtime.effects import ledger, need
from paysandbox.runtime.http import Answer, endpoint
from paysandbox.runtime.pepper import pepper
from paysandbox.runtime.request import Call
from paysandbox.settings import EnvironmentSettings
from paysandbox.table.payments import get_payment


@endpoint(GET_HEALTH)
def handler(call: Call) -> Answer:  # noqa: ARG001 - health is asked with nothing
    """A read of the ledger, and the secret that every authorization needs; 503 where one fails."""
    get_payment(ledger(), "health")
    pepper()
    checks = {"ledger": "ok", "pepper": "ok"}
    environment = need(EnvironmentSettings).environment
    return Answer({"status": "ok", "version": VERSION, "environment": environment, "checks": checks}, outcome="healthy")
