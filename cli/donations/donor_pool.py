"""Donors of an environment: users of its Cognito pool, created and signed in with the caller's AWS permissions.

A donor's email address is the user name. It counts as verified: no confirmation code is sent.
"""

from __future__ import annotations

import secrets
import string
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from cli.terminal.failure import Failure

if TYPE_CHECKING:
    from cli.connection.target import Target

DEMO_EMAIL: Final = "demo@donate-now.example"
"""The default donor of the local sandbox. The domain never receives mail (RFC 2606)."""
DEMO_NAME: Final = "Demo Donor"

_SYMBOLS: Final = "!#%*+-=?@_"
_KINDS: Final = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
_PASSWORD_LENGTH: Final = 20
# Another command may change the demo donor's password between the two calls of a sign-in.
_SIGN_INS: Final = 5


@dataclass(frozen=True)
class Donor:
    """A donor who can sign in. The password is not stored anywhere."""

    email: str
    name: str
    user_id: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class DonorPool:
    """The pool and its web client, through which a donor signs in."""

    target: Target
    cognito: Any
    pool_id: str
    client_id: str

    @classmethod
    def of(cls, target: Target) -> Self:
        """The environment's pool. Raises Failure when its donors stack is not deployed."""
        outputs = target.outputs("donors")
        return cls(target, target.client("cognito-idp"), outputs["UserPoolId"], outputs["WebAppClientId"])

    def create(self, email: str, name: str, password: str | None = None) -> Donor:
        """Create a donor who can sign in at once, with a generated password unless one is given.

        Raises Failure when the address is taken, or the pool rejects the password or the address. A donor that could
        not be completed is removed.
        """
        email, password = email.lower(), password or fresh_password()
        attributes = {"email": email, "email_verified": "true", "name": name}
        try:
            made = self.cognito.admin_create_user(
                UserPoolId=self.pool_id,
                Username=email,
                UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
                MessageAction="SUPPRESS",
            )
        except self.cognito.exceptions.UsernameExistsException:
            raise Failure(
                f"A donor {email} already exists in {self.target.environment}.", "Choose another --email."
            ) from None
        except self.cognito.exceptions.InvalidParameterException as error:
            raise Failure(f"Cognito rejected the donor: {_error_text(error)}") from None
        try:
            self._set_password(email, password)
        except BaseException:  # Ctrl-C between the calls leaves a donor without a password behind just as an error does
            self.remove(email)
            raise
        return Donor(email, name, _attribute(made["User"]["Attributes"], "sub"), password)

    def remove(self, email: str) -> None:
        """Delete a donor from the pool, if there is one. Donations are kept."""
        with suppress(self.cognito.exceptions.UserNotFoundException):
            self.cognito.admin_delete_user(UserPoolId=self.pool_id, Username=email.lower())

    def token(self, email: str, password: str) -> str:
        """Sign a donor in and return the ID token. Raises Failure when the pool refuses."""
        try:
            answer = self._sign_in(email, password)
        except (self.cognito.exceptions.NotAuthorizedException, self.cognito.exceptions.UserNotFoundException):
            raise Failure(
                f"Sign-in failed for {email.lower()}: unknown donor or wrong password.",
                "Create a donor: paysandbox donations sign-up",
            ) from None
        if "AuthenticationResult" not in answer:
            raise Failure(
                f"Cognito requires another step of {email.lower()}: {answer.get('ChallengeName', 'unknown')}.",
                "Complete it in the web application, or create another donor: paysandbox donations sign-up",
            )
        return answer["AuthenticationResult"]["IdToken"]

    def demo_token(self) -> str:
        """Sign the demo donor in, and create it the first time. Each call generates a new password."""
        for _ in range(_SIGN_INS):
            with suppress(self.cognito.exceptions.NotAuthorizedException):
                return self._sign_in(DEMO_EMAIL, self._demo_password())["AuthenticationResult"]["IdToken"]
        raise Failure(
            f"Another command keeps changing the password of {DEMO_EMAIL}.",
            "Run this again, or create a donor of your own: paysandbox donations sign-up",
        )

    def _demo_password(self) -> str:
        password = fresh_password()
        try:
            self._set_password(DEMO_EMAIL, password)
        except self.cognito.exceptions.UserNotFoundException:
            with suppress(Failure):  # created by another command meanwhile; the next attempt finds it
                return self.create(DEMO_EMAIL, DEMO_NAME).password
        return password

    def _set_password(self, email: str, password: str) -> None:
        try:
            self.cognito.admin_set_user_password(
                UserPoolId=self.pool_id, Username=email, Password=password, Permanent=True
            )
        except self.cognito.exceptions.InvalidPasswordException as error:
            raise Failure(
                f"Cognito rejected the password: {_error_text(error)}",
                "Use 12 or more characters with lower case, upper case, a digit and a symbol, or have one generated.",
            ) from None

    def _sign_in(self, email: str, password: str) -> Any:
        return self.cognito.admin_initiate_auth(
            UserPoolId=self.pool_id,
            ClientId=self.client_id,
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email.lower(), "PASSWORD": password},
        )


def fresh_password() -> str:
    """A password that the pool takes: 20 characters, some of each kind, in any order."""
    characters = [secrets.choice(kind) for kind in _KINDS]
    characters += [secrets.choice("".join(_KINDS)) for _ in range(_PASSWORD_LENGTH - len(_KINDS))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)


def _attribute(attributes: list[dict[str, str]], name: str) -> str:
    return next(attribute["Value"] for attribute in attributes if attribute["Name"] == name)


def _error_text(error: Any) -> str:
    return error.response["Error"]["Message"]
