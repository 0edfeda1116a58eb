"""GET /health: whether the service can answer, and what was checked."""

from paysandbox import VERSION
from paysandbox.aws.hashing_keys import hashing_keys
from paysandbox.aws.runtime import ledger, settings_of
from paysandbox.aws.settings import EnvironmentSettings
from paysandbox.http.native import Answer, endpoint
from paysandbox.http.request import Call
from paysandbox.payments.routes import GET_HEALTH
from paysandbox.payments.store import get_payment


@endpoint(GET_HEALTH)
def handler(call: Call[None, None]) -> Answer:  # noqa: ARG001 - health is asked with nothing
    """A read of the ledger, and the secret that every authorization needs; 503 where one fails."""
    get_payment(ledger(), "health")
    hashing_keys()
    checks = {"ledger": "ok", "pepper": "ok"}
    environment = settings_of(EnvironmentSettings).environment
    return Answer({"status": "ok", "version": VERSION, "environment": environment, "checks": checks}, outcome="healthy")
