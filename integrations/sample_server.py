"""A sample server: its dependencies from npm, its process, and what its page and a buyer's browser ask."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

REDIRECT: Final = Path(__file__).with_name("redirect.cjs")
BIN: Final = Path(sys.executable).parent
_INSTALL_S: Final = 300
_READY_S: Final = 30
_SAID_S: Final = 30
_TIMEOUT_S: Final = 30
_PAUSE_S: Final = 0.1
_VISA: Final = "4242424242424242"


class SampleError(Exception):
    """The sample could not be installed or started, or did not answer as it does with Stripe."""


def install(folder: Path, *, dev: bool = False) -> None:
    """Install the sample's own dependencies, of its lock file if it has one. Their scripts do not run.

    With `dev`, those of its development too. Raises SampleError.
    """
    if (folder / "node_modules").is_dir():
        return
    command = "ci" if (folder / "package-lock.json").is_file() else "install"
    words = [BIN / "npm", command, "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    words += ["--include=dev"] if dev else ["--omit=dev"]
    try:
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=_INSTALL_S, check=False)
    except subprocess.TimeoutExpired:
        raise SampleError(f"npm {command} took longer than {_INSTALL_S} s") from None
    if done.returncode != 0:
        reason = (done.stderr or done.stdout).strip().splitlines() or [f"it ended with {done.returncode}"]
        raise SampleError(f"npm {command}: {reason[0]}")


@dataclass(frozen=True)
class Buyer:
    """A buyer's browser, which asks the API with the publishable key, as Stripe.js does."""

    api: httpx.Client

    def pay(
        self,
        client_secret: str,
        number: str = _VISA,
        *,
        return_url: str | None = None,
        setup_future_usage: str | None = None,
    ) -> Mapping[str, Any]:
        """Confirm an intent with a card. Return the intent, or the error."""
        intent = client_secret.partition("_secret_")[0]
        form = {
            "client_secret": client_secret,
            "payment_method_data[type]": "card",
            "payment_method_data[card][number]": number,
            "payment_method_data[card][exp_month]": "12",
            "payment_method_data[card][exp_year]": "2040",
            "payment_method_data[card][cvc]": "123",
            "payment_method_data[billing_details][name]": "Jenny Rosen",
            **({"return_url": return_url} if return_url else {}),
            **({"setup_future_usage": setup_future_usage} if setup_future_usage else {}),
        }
        return self.api.post(f"/v1/payment_intents/{intent}/confirm", data=form).json()

    def check_out(self, url: str, number: str = _VISA) -> httpx.Response:
        """Pay on the page of a Checkout session. Redirects are not followed."""
        return self.api.post(url, data={"card": number, "email": "jenny@example.com"}, headers={"Accept": "*/*"})

    def authenticate(self, client_secret: str) -> None:
        """Succeed in the challenge of an intent, on the page to which Stripe.js would lead. Raises SampleError."""
        intent = self.retrieve(client_secret)
        action = intent.get("next_action") or {}
        url = action.get("redirect_to_url", {}).get("url")
        if url is None:
            raise SampleError(f"no challenge to complete: {intent}")
        answer = self.api.post(url, data={"result": "succeeded"})
        if answer.is_error:
            raise SampleError(f"the challenge's page: {answer.status_code}")

    def retrieve(self, client_secret: str) -> Mapping[str, Any]:
        """Retrieve an intent, as a success page does."""
        intent = client_secret.partition("_secret_")[0]
        return self.api.get(f"/v1/payment_intents/{intent}", params={"client_secret": client_secret}).json()


@dataclass(frozen=True)
class Shop:
    """A running sample server."""

    page: httpx.Client
    buyer: Buyer
    output: Path

    def get(self, path: str, **query: str) -> Any:
        """Ask the server as its page does, and return its JSON. Raises SampleError."""
        return _json(self._asked("GET", path, params=query))

    def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Post JSON to the server as its page does, and return its JSON. Raises SampleError."""
        return _json(self._asked("POST", path, json=body))

    def submit(self, path: str, form: Mapping[str, str]) -> httpx.Response:
        """Submit a form of its page. Redirects are not followed. Raises SampleError."""
        return self._asked("POST", path, data=form)

    def follow(self, path: str, to: str, **query: str) -> None:
        """Ask for a path of its page that redirects to `to`. Raises SampleError."""
        answer = self._asked("GET", path, params=query)
        if not answer.headers.get("location", "").startswith(to):
            raise SampleError(f"GET {path} of its page: {answer.status_code}, and no redirect to {to}")

    def says(self, words: str) -> None:
        """Wait until the server has printed the words. Raises SampleError."""
        deadline = time.monotonic() + _SAID_S
        while words not in self.output.read_text(encoding="utf-8", errors="replace"):
            if time.monotonic() > deadline:
                raise SampleError(f"it never printed {words!r}")
            time.sleep(_PAUSE_S)

    def _asked(self, method: str, path: str, **parts: Any) -> httpx.Response:
        try:
            return self.page.request(method, path, **parts)
        except httpx.HTTPError as error:
            raise SampleError(f"{method} {path} of its page: {type(error).__name__}") from None


def _json(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise SampleError(f"{answer.request.method} {answer.request.url.path} of its page: {answer.status_code}")
    return answer.json()


@contextmanager
def running(folder: Path, port: int, settings: Mapping[str, str], *, api: str, sandbox: str) -> Iterator[Shop]:
    """Run the server of a folder on a port of the loopback interface until the block ends.

    `settings` are those that its README asks for. Its calls of Stripe go to `api`, a buyer's to `sandbox`. Raises
    SampleError.
    """
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
    output = folder / "output.log"
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    env = kept | dict(settings) | {"REDIRECT_STRIPE_TO": api, "LISTEN_ONLY_ON": str(port)}
    with (
        output.open("wb") as written,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=_TIMEOUT_S, trust_env=False) as page,
        httpx.Client(
            base_url=sandbox, timeout=_TIMEOUT_S, trust_env=False, auth=(settings["STRIPE_PUBLISHABLE_KEY"], "")
        ) as browser,
    ):
        server = subprocess.Popen(
            [BIN / "node", "--require", REDIRECT, "server.js"],
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait_until_ready(server, page, output)
            yield Shop(page, Buyer(browser), output)
        finally:
            _end(server)


def _wait_until_ready(server: subprocess.Popen[bytes], page: httpx.Client, output: Path) -> None:
    deadline = time.monotonic() + _READY_S
    while True:
        try:
            page.get("/")
            return
        except httpx.ConnectError:
            if server.poll() is not None:
                last = output.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["nothing"]
                raise SampleError(f"its server ended with {server.returncode}: {last[-1]}") from None
            if time.monotonic() > deadline:
                raise SampleError(f"its server did not listen within {_READY_S} s") from None
            time.sleep(_PAUSE_S)


def _end(server: subprocess.Popen[bytes]) -> None:
    if server.poll() is None:
        os.killpg(server.pid, signal.SIGTERM)
        try:
            server.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()
