"""GET /health: check the dependencies of the service."""

from paysandbox import VERSION
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import EnvironmentSettings
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.ledger.store import get_payment
from paysandbox.payments.routes import GET_HEALTH


@endpoint(GET_HEALTH)
def handler(call: Call[None, None]) -> Answer:  # noqa: ARG001 - a health check takes no input
    """Read from the ledger, and read the hashing keys that every authorization needs; 503 if either fails."""
    get_payment(ledger(), "health")
    hashing_keys()
    checks = {"ledger": "ok", "pepper": "ok"}
    environment = settings_of(EnvironmentSettings).environment
    return Answer({"status": "ok", "version": VERSION, "environment": environment, "checks": checks}, outcome="healthy")
