"""A container of the sandbox: where its API is, and merchants for tests."""

from __future__ import annotations

import json
import uuid
from typing import Any, Final

from pytest_paysandbox import PaysandboxApi
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import HttpWaitStrategy

IMAGE: Final = "paysandbox:latest"
PORT: Final = 4610
START_S: Final = 120


class PaysandboxContainer(DockerContainer):
    """A sandbox in a container, started when its API is healthy. Its data is gone with the container."""

    def __init__(self, image: str = IMAGE, **options: Any) -> None:
        super().__init__(image, **options)
        self.with_exposed_ports(PORT)
        self.waiting_for(HttpWaitStrategy(PORT, "/health").for_status_code(200).with_startup_timeout(START_S))

    @property
    def base_url(self) -> str:
        """The base URL of both APIs, for this machine. At the Stripe-compatible one, any test key is a merchant's."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    def create_merchant(self, name: str | None = None) -> PaysandboxApi:
        """Create a merchant with a key without a rate limit: by default one of a random name, for a single test.

        Raises RuntimeError with what the program in the container printed.
        """
        merchant = name or f"test-{uuid.uuid4().hex[:12]}"
        made = self.exec(["paysandbox", "keys", "create", "--merchant", merchant, "--plan", "load", "--json"])
        output = made.output.decode()
        if made.exit_code != 0:
            raise RuntimeError(f"The merchant {merchant} was not created: {output.strip()}")
        return PaysandboxApi(self.base_url, json.loads(output)["api_key"], merchant)
