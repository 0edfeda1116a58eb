"""GET /health: whether the service can answer, and what was checked."""

from paysandbox import VERSION
from paysandbox.aws.effects import ledger, need
from paysandbox.aws.pepper import pepper
from paysandbox.aws.settings import EnvironmentSettings
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.payments import get_payment
from paysandbox.payments.routes import GET_HEALTH


@endpoint(GET_HEALTH)
def handler(call: Call[None, None]) -> Answer:  # noqa: ARG001 - health is asked with nothing
    """A read of the ledger, and the secret that every authorization needs; 503 where one fails."""
    get_payment(ledger(), "health")
    pepper()
    checks = {"ledger": "ok", "pepper": "ok"}
    environment = need(EnvironmentSettings).environment
    return Answer({"status": "ok", "version": VERSION, "environment": environment, "checks": checks}, outcome="healthy")
