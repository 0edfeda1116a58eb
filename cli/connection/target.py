"""Where a command talks to: the sandbox on this machine, or an environment in an AWS account."""

from __future__ import annotations

import os
from collections.abc import Hashable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cli.engine_process import access_key
from cli.engine_process.access_key import AccessKey
from cli.sandbox.state_dir import StateDir
from cli.terminal.failure import Failure

if TYPE_CHECKING:
    import boto3
    import httpx
    from botocore.config import Config

LOCAL = "local"


@dataclass(frozen=True)
class Target:
    """One deployed sandbox. `aws_endpoint_url` is None where the real AWS answers, and so is `access_key`."""

    environment: str
    region: str
    base_url: str
    aws_endpoint_url: str | None
    access_key: AccessKey | None = None

    @property
    def is_local(self) -> bool:
        """Whether this is the engine on this machine."""
        return self.aws_endpoint_url is not None

    def client(self, service: str) -> Any:
        """A boto3 client that talks to this target, and when it is local to nothing else, whatever AWS_* says."""
        return _client(self, service, () if self.is_local else _settings_of_caller())

    def ask_engine(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        """A request to the engine itself (`/_ministack/…`), signed as one to AWS. Raises Failure when it is refused."""
        import httpx
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        url = f"{self.aws_endpoint_url}{path}"
        signed = AWSRequest(method, url, data=body, headers={"Content-Type": "application/json"})
        key = _key_of(self)
        SigV4Auth(Credentials(key.id, key.secret), "ministack", self.region).add_auth(signed)
        answer = httpx.request(method, url, content=body, headers=dict(signed.headers), timeout=30, trust_env=False)
        if answer.is_error:
            raise Failure(f"{method} {url} answered {answer.status_code}: {answer.text[:300]}", "paysandbox doctor")
        return answer

    def stack_name(self, stack: str) -> str:
        """The deployed name of `data`, `secrets`, `payments` or `api`."""
        return stack_name(self.environment, stack)

    def outputs(self, stack: str) -> dict[str, str]:
        """The CloudFormation outputs of one of this environment's stacks. Raises Failure when it is not deployed."""
        return _outputs(self.client("cloudformation"), self.environment, stack)


def stack_name(environment: str, stack: str) -> str:
    """How an environment's stack is called in CloudFormation."""
    return f"paysandbox-{environment}-{stack}"


def local_target(home: StateDir, port: int, region: str) -> Target:
    """The engine at a port, with the access key of its home."""
    return Target(LOCAL, region, f"http://127.0.0.1:{port}", f"http://localhost:{port}", access_key.read(home.path))


def resolve(env: str, home: StateDir) -> Target:
    """The target that `--env` names. Raises Failure when it is not there, saying how to get it."""
    if env == LOCAL:
        return _resolve_local(home)
    session = _remote_session(None)
    outputs = _outputs(session.client("cloudformation"), env, "api")
    return Target(env, session.region_name, outputs["BaseUrl"].rstrip("/"), None)


def _resolve_local(home: StateDir) -> Target:
    from cli.sandbox import engine

    record = home.read()
    if engine.running(home) is None or record.port is None:
        raise Failure("The sandbox is not running.", "Start it: paysandbox up")
    return local_target(home, record.port, record.region)


@lru_cache(maxsize=32)
def _client(target: Target, service: str, _: Hashable) -> Any:
    """Made once: a session takes 30 ms and a client 20, and one of either serves threads and commands alike."""
    if target.aws_endpoint_url is None:
        return _remote_session(target.region).client(service)  # pyright: ignore[reportCallIssue, reportArgumentType] - boto3's types know services by literals alone
    session, url = _local_session(target), target.aws_endpoint_url
    return session.client(service, endpoint_url=url, config=_local_config())  # pyright: ignore[reportCallIssue, reportArgumentType] - boto3's types know services by literals alone


def _settings_of_caller() -> Hashable:
    """What boto3 goes by: who the caller is, where, and which files say so."""
    return tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith(("AWS_", "HOME"))))


def _remote_session(region: str | None) -> boto3.Session:
    import boto3

    # AWS_REGION is what other SDKs and Lambda read; boto3 by itself reads AWS_DEFAULT_REGION only.
    session = boto3.Session(region_name=region or os.environ.get("AWS_REGION"))
    if session.region_name is None:
        raise Failure("No AWS region is set.", "Set AWS_REGION, or a region in the profile that AWS_PROFILE names.")
    return session


def _local_session(target: Target) -> boto3.Session:
    import boto3
    import botocore.session

    key = _key_of(target)
    # The caller's profile and files are not even looked at: a profile that does not exist would already be an error.
    nothing = {
        "profile": (None, None, None, None),
        "config_file": (None, None, os.devnull, None),
        "credentials_file": (None, None, os.devnull, None),
    }
    return boto3.Session(
        botocore_session=botocore.session.Session(session_vars=nothing),
        region_name=target.region,
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
    )


def _key_of(target: Target) -> AccessKey:
    if target.access_key is None:
        raise Failure("This sandbox has no access key yet.", "Start it anew: paysandbox up")
    return target.access_key


def _local_config() -> Config:
    from botocore.config import Config

    return Config(
        proxies={},  # an HTTP_PROXY of the caller's is not asked for this machine's own port
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 2},
        use_fips_endpoint=False,
        use_dualstack_endpoint=False,
        inject_host_prefix=False,  # `sync-localhost` is no address
    )


def _outputs(cloudformation: Any, environment: str, stack: str) -> dict[str, str]:
    from botocore.exceptions import ClientError

    name = stack_name(environment, stack)
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        region = cloudformation.meta.region_name
        raise Failure(
            f"There is no stack {name} in {region}.",
            "Start the sandbox: paysandbox up"
            if environment == LOCAL
            else f"Deploy it (npx cdk deploy --all -c env={environment}), or look in another account or region.",
        ) from None
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
