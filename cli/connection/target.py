"""The sandbox that a command uses: the one on this machine, or an environment in an AWS account."""

from __future__ import annotations

import os
import threading
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cli.deploy.installation import installation
from cli.state.state_dir import StateDir
from cli.terminal.failure import Failure, aws_settings_advice
from cli.terminal.options import ENVIRONMENTS
from engine.wall import access_key
from engine.wall.access_key import AccessKey

if TYPE_CHECKING:
    import boto3
    import httpx
    from botocore.config import Config

LOCAL = "local"

# A session is not safe for threads, unlike its clients.
_CREATING = threading.Lock()


@dataclass(frozen=True)
class Target:
    """One deployed sandbox. In AWS, `aws_endpoint_url` and `access_key` are None."""

    environment: str
    region: str
    base_url: str
    aws_endpoint_url: str | None
    access_key: AccessKey | None = None

    @property
    def is_local(self) -> bool:
        """Whether this is the engine on this machine."""
        return self.aws_endpoint_url is not None

    @property
    def index_shards(self) -> int:
        """Over how many shards new entries of lists are spread, as this target's functions do."""
        from paysandbox.aws.index_shards import LOCAL_INDEX_SHARDS, ON_AWS

        return LOCAL_INDEX_SHARDS if self.is_local else ON_AWS.written

    @property
    def deploy_advice(self) -> str:
        """How to deploy it from the installation that runs."""
        return "Run `paysandbox up`." if self.environment == LOCAL else installation().how_to_deploy(self.environment)

    @property
    def missing_advice(self) -> str:
        """What to do if a part of it was not found."""
        deployed = "" if self.environment == LOCAL else " If it is deployed, check your AWS account and region."
        return self.deploy_advice + deployed

    def client(self, service: str) -> Any:
        """Return a boto3 client for this target. A local target ignores the caller's AWS_* variables."""
        return _client(self, service, () if self.is_local else _settings_of_caller())

    def ask_engine(self, method: str, path: str, body: bytes = b"") -> httpx.Response:
        """Send a signed request to the engine itself (`/_ministack/…`). Raises Failure for an error."""
        import httpx
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest
        from botocore.credentials import Credentials

        url = f"{self.aws_endpoint_url}{path}"
        signed = AWSRequest(method, url, data=body, headers={"Content-Type": "application/json"})
        key = _key_of(self)
        # Its own paths are of no service, but a signature names one.
        SigV4Auth(Credentials(key.id, key.secret), "sts", self.region).add_auth(signed)
        answer = httpx.request(method, url, content=body, headers=dict(signed.headers), timeout=30, trust_env=False)
        if answer.is_error:
            raise Failure(
                f"{method} {url} returned {answer.status_code}: {answer.text[:300]}", "Run `paysandbox doctor`."
            )
        return answer

    def stack_name(self, stack: str) -> str:
        """Return the deployed name of `data`, `secrets`, `payments` or `api`."""
        return stack_name(self.environment, stack)

    def outputs(self, stack: str) -> dict[str, str]:
        """Return the CloudFormation outputs of one of this environment's stacks. Raises Failure if not deployed."""
        return _outputs(self, stack)


def stack_name(environment: str, stack: str) -> str:
    """Return the name of an environment's stack in CloudFormation."""
    return f"paysandbox-{environment}-{stack}"


def local_target(home: StateDir, port: int, region: str) -> Target:
    """Return the target of the engine on a port, with the access key of its home."""
    return Target(LOCAL, region, f"http://127.0.0.1:{port}", f"http://localhost:{port}", access_key.read(home.path))


def resolve(env: str, home: StateDir) -> Target:
    """Return the environment's target. Raises Failure with the remedy if it is unknown, not running or not deployed."""
    if env not in ENVIRONMENTS:
        raise Failure(f"There is no environment `{env}`.", f"Known environments: {', '.join(ENVIRONMENTS)}.")
    if env == LOCAL:
        return _resolve_local(home)
    account = account_of(env)
    return Target(env, account.region, account.outputs("api")["BaseUrl"].rstrip("/"), None)


def account_of(env: str) -> Target:
    """Return the target of an environment in AWS that may not be deployed yet. Raises Failure if no Region is set."""
    region = _remote_session(_settings_of_caller()).region_name
    if region is None:
        raise Failure("No AWS region is set.", "Set AWS_REGION, or choose a profile with a region (AWS_PROFILE).")
    return Target(env, region, "", None)


def _resolve_local(home: StateDir) -> Target:
    from cli.sandbox import engine

    record = home.read()
    if engine.running(home) is None or record.port is None:
        raise Failure("The sandbox is not running.", "Start it with `paysandbox up`.")
    return local_target(home, record.port, record.region)


@lru_cache(maxsize=32)
def _client(target: Target, service: str, caller: Hashable) -> Any:
    """Return a cached client: a client takes 20 ms, and threads can share it."""
    with _CREATING, _aws_settings():
        session = _local_session(target) if target.is_local else _remote_session(caller)
        return session.client(  # pyright: ignore[reportCallIssue] - boto3's types know services by literals alone
            service,  # pyright: ignore[reportArgumentType] - boto3's types know services by literals alone
            region_name=target.region,
            endpoint_url=target.aws_endpoint_url,
            config=_local_config() if target.is_local else _remote_config(),
        )


def _settings_of_caller() -> Hashable:
    """Return the variables from which boto3 reads credentials, region and file names, as a cache key."""
    return tuple(sorted((name, value) for name, value in os.environ.items() if name.startswith(("AWS_", "HOME"))))


@lru_cache(maxsize=32)
def _remote_session(_: Hashable) -> boto3.Session:
    """Return the one session of these settings, so that a role that requires MFA is assumed once."""
    import boto3

    with _aws_settings():
        # Other SDKs and Lambda read AWS_REGION; boto3 by itself reads only AWS_DEFAULT_REGION.
        return boto3.Session(region_name=os.environ.get("AWS_REGION"))


@contextmanager
def _aws_settings() -> Iterator[None]:
    """Raise Failure for a setting that boto3 cannot convert, such as AWS_MAX_ATTEMPTS=x: it raises a plain ValueError.

    Its own errors have types, and are turned into failures at the program's root.
    """
    try:
        yield
    except ValueError as error:
        if type(error) is not ValueError:
            raise
        raise Failure(f"An AWS setting is not valid: {error}.", aws_settings_advice()) from None


@lru_cache(maxsize=4)
def _local_session(target: Target) -> boto3.Session:
    """Return the one session of a local target: each reads botocore's list of endpoints, for 50 ms."""
    import boto3
    import botocore.session
    from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES

    key = _key_of(target)
    # The caller's AWS_ variables, profile and files are not read: even a missing profile would be an error.
    defaults = {name: each[2] for name, each in BOTOCORE_DEFAUT_SESSION_VARIABLES.items()}
    settings = {**defaults, "config_file": os.devnull, "credentials_file": os.devnull, "s3": None}
    nothing = {name: (None, None, default, None) for name, default in settings.items()}
    return boto3.Session(
        botocore_session=botocore.session.Session(session_vars=nothing),
        region_name=target.region,
        aws_access_key_id=key.id,
        aws_secret_access_key=key.secret,
    )


def _key_of(target: Target) -> AccessKey:
    if target.access_key is None:
        raise Failure("This sandbox has no access key yet.", "Run `paysandbox up`.")
    return target.access_key


def _remote_config() -> Config:
    from botocore.config import Config

    # After a throttled call, the client sends fewer.
    return Config(retries={"mode": "adaptive", "total_max_attempts": 8})


def _local_config() -> Config:
    from botocore.config import Config

    return Config(
        proxies={},  # the caller's HTTP_PROXY is bypassed for this machine's ports
        connect_timeout=5,
        read_timeout=60,
        retries={"mode": "standard", "total_max_attempts": 2},
        use_fips_endpoint=False,
        use_dualstack_endpoint=False,
        inject_host_prefix=False,  # `sync-localhost` would not resolve
    )


def _outputs(target: Target, stack: str) -> dict[str, str]:
    from botocore.exceptions import ClientError

    cloudformation = target.client("cloudformation")
    name = target.stack_name(stack)
    try:
        [found] = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        region = cloudformation.meta.region_name
        raise Failure(
            f"There is no stack {name} in {region}.",
            target.missing_advice,
        ) from None
    return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}
