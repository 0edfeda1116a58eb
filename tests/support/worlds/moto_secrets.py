"""Secrets and parameters, written into moto itself: each test's AWS has them, and a call takes 2 ms, its client 10."""

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import SecretsManagerBackend, secretsmanager_backends
from moto.ssm.models import ssm_backends

from tests.support.worlds.moto_store import REGION


def put_parameter(name: str, value: str) -> None:
    """Write an encrypted parameter, or give it another value."""
    ssm_backends[DEFAULT_ACCOUNT_ID][REGION].put_parameter(
        name=name,
        description=None,  # pyright: ignore[reportArgumentType] - as moto itself for a call without one
        value=value,
        parameter_type="SecureString",
        allowed_pattern=None,  # pyright: ignore[reportArgumentType] - the same
        keyid=None,  # pyright: ignore[reportArgumentType] - the same
        overwrite=True,
        tags=None,  # pyright: ignore[reportArgumentType] - the same
        data_type="text",
        tier=None,
        policies=None,
    )


def put_secret(name: str, value: str) -> None:
    """Create a secret, or give it another value."""
    secrets: SecretsManagerBackend = secretsmanager_backends[DEFAULT_ACCOUNT_ID][REGION]
    if name in secrets.secrets:
        secrets.put_secret_value(
            secret_id=name,
            secret_string=value,
            secret_binary=None,  # pyright: ignore[reportArgumentType] - the same
            client_request_token=None,  # pyright: ignore[reportArgumentType] - the same
            version_stages=["AWSCURRENT"],
        )
        return
    secrets.create_secret(
        name=name,
        secret_string=value,
        secret_binary=None,
        description="",
        tags=[],
        kms_key_id=None,
        client_request_token=None,
        replica_regions=[],
        force_overwrite=False,
    )
