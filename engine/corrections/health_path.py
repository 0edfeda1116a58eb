"""`/health` of an API, which its functions answer, as on AWS.

ministack answers it itself, on every host. It keeps `/_ministack/health`.
"""

from typing import Any, Final

OF_THE_ENGINE: Final = ("/_ministack/health", "/_localstack/health")


def leave_to_apis(app: Any) -> None:
    """Make ministack answer its own paths only. `app` is its application."""
    app.HEALTH_PATHS = OF_THE_ENGINE
