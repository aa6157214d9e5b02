"""Sign-in by an institution (OpenID Connect): the authorization code with PKCE, by Authlib."""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from httpx2 import HTTPError
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.accounts.institution import Ended, Known, Terms, refused
from simulator.accounts.people import OVER_ALL, as_programme, as_role
from simulator.errors import NotAllowed, PlatformUnavailable, SettingsError
from simulator.platforms.outbound import (
    NO_ANSWER,
    Outbound,
    is_safe,
    origin_of,
    require_safe,
)
from simulator.platforms.signed import SKEW_S, Keys, Signed
from simulator.settings import Settings

logger = logging.getLogger(__name__)
SCOPE = "openid email profile"
LONGEST = 255
SIGNED_OUT = "http://schemas.openid.net/event/backchannel-logout"
FRESH_S = 300  # less than for how long it is known what was said before
DESCRIBED_FOR = timedelta(hours=1)


class Described(BaseModel):
    """What a provider says of itself; what else it says does not matter here."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


@dataclass(frozen=True, slots=True)
class Asked:
    """What was sent along with a browser, and is looked for when it comes back."""

    state: str
    nonce: str
    verifier: str


class Provider:
    """The institution's sign-in, as it is configured.

    Raises:
        SettingsError: a value cannot be used.
    """

    def __init__(self, settings: Settings, now: Callable[[], datetime]) -> None:
        require_safe("VSP_OIDC_ISSUER", settings.oidc_issuer)
        if not settings.oidc_client_id:
            raise SettingsError("VSP_OIDC_CLIENT_ID is empty; the institution gives it to you")
        self.issuer, self.client = settings.oidc_issuer, settings.oidc_client_id
        self.secret, self.words = settings.oidc_client_secret, settings.oidc_words
        self.role_claim = settings.oidc_role_claim
        self.programme_claim = settings.oidc_programme_claim
        self.terms, self.now = terms_of(settings), now
        more = (f"https://{host}" for host in settings.oidc_hosts)
        self.outbound = Outbound([self.issuer, *more])
        self.keys = Keys(self.outbound, now)
        self._described: tuple[Described, datetime] | None = None
        self._asking = threading.Lock()

    def described(self) -> Described:
        """What the provider says of itself, kept for a while.

        Raises:
            PlatformUnavailable: it does not answer, or leads elsewhere than is configured.
        """
        with self._asking:
            if self._described and self.now() - self._described[1] < DESCRIBED_FOR:
                return self._described[0]
            where = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            try:
                found = Described.model_validate(self.outbound.json(where))
            except ValidationError:
                raise PlatformUnavailable(NO_ANSWER, why="a description that lacks") from None
            if found.issuer != self.issuer:
                raise PlatformUnavailable(NO_ANSWER, why="a description of another issuer")
            for url in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
                if origin_of(url) not in self.outbound.allowed or not is_safe(url):
                    logger.warning("VSP_OIDC_HOSTS does not name the host of %s", origin_of(url))
                    raise PlatformUnavailable(NO_ANSWER, why="a host that is not configured")
            self._described = found, self.now()
            return found

    def begin(self, back: str) -> tuple[str, str, dict[str, str]]:
        """Where a browser goes to sign in, the state that comes back, what is remembered.

        Args:
            back: the address to which it comes back.
        """
        asked = Asked(*(secrets.token_urlsafe(32) for _ in range(3)))
        digest = hashlib.sha256(asked.verifier.encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        with self._speaking(back) as client:
            url, _ = client.create_authorization_url(
                self.described().authorization_endpoint,
                state=asked.state,
                nonce=asked.nonce,
                code_challenge=challenge,
                code_challenge_method="S256",
            )
        return str(url), asked.state, asdict(asked)

    def finish(self, code: str, issuer: str, back: str, kept: dict[str, str]) -> Known:
        """Whom the provider vouches for.

        Args:
            code: what the browser brought back. issuer: whose it says that is, or nothing.
            back: as it was given to `begin`. kept: what was remembered.

        Raises:
            Untrusted: something in it does not hold.
            PlatformUnavailable: the provider does not answer.
        """
        asked = Asked(**kept)
        if issuer and not hmac.compare_digest(issuer.encode(), self.issuer.encode()):
            raise refused("an answer of another issuer")
        given = self._redeemed(code, back, asked)
        token = given.get("id_token")
        if not isinstance(token, str):
            raise refused("an answer without an ID token")
        signed = self.keys.checked(token, self.described().jwks_uri)
        wanted = {
            "iss": {"essential": True, "value": self.issuer},
            "aud": {"essential": True, "value": self.client},
            "nonce": {"essential": True, "value": asked.nonce},
        }
        beside = {
            "nonce": asked.nonce,
            "client_id": self.client,
            "access_token": given.get("access_token"),
        }
        try:
            claims = CodeIDToken(signed.claims, signed.header, wanted, beside)
            claims.validate(int(self.now().timestamp()), SKEW_S)
        except (JoseError, OAuthError, ValueError, TypeError):
            raise refused("an ID token that does not fit") from None
        return self._known(signed.claims)

    def _redeemed(self, code: str, back: str, asked: Asked) -> dict[str, Any]:
        try:
            with self._speaking(back) as client:
                found = client.fetch_token(
                    self.described().token_endpoint, code=code, code_verifier=asked.verifier
                )
        except OAuthError:
            raise refused("a code that is not taken") from None
        except (HTTPError, ValueError) as error:
            raise PlatformUnavailable(NO_ANSWER, why=type(error).__name__) from None
        return dict(found)

    def _speaking(self, back: str) -> Any:
        offered = self.described().token_endpoint_auth_methods_supported
        secret = self.secret.get_secret_value()
        how = "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"
        return OAuth2Client(
            self.client,
            secret or None,
            scope=SCOPE,
            redirect_uri=back,
            token_endpoint_auth_method=how if secret else "none",
            **self.outbound.options(),
        )

    def _known(self, claims: dict[str, Any]) -> Known:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST:
            raise refused("an ID token without a subject")
        email = claims.get("email")
        name, sid = claims.get("name"), claims.get("sid")
        return Known(
            self.issuer,
            subject,
            email if isinstance(email, str) and claims.get("email_verified") is True else "",
            name if isinstance(name, str) else "",
            named(claims, self.role_claim),
            named(claims, self.programme_claim),
            sid if isinstance(sid, str) and len(sid) <= LONGEST else "",
        )

    def ended(self, token: str) -> Ended:
        """What the provider says has ended there, by a back-channel sign-out.

        Args:
            token: the logout token, as it came.

        Raises:
            Untrusted: something in it does not hold.
            PlatformUnavailable: the provider's keys cannot be had.
        """
        signed = self.keys.checked(token, self.described().jwks_uri)
        claims, now = signed.claims, int(self.now().timestamp())
        look = JWTClaimsRegistry(
            now,
            SKEW_S,
            iss={"essential": True, "value": self.issuer},
            aud={"essential": True, "value": self.client},
            iat={"essential": True},
            jti={"essential": True},
        )
        try:
            look.validate(claims)
            is_fresh = now - claims["iat"] <= FRESH_S
        except (JoseError, ValueError, TypeError):
            raise refused("a sign-out that does not fit") from None
        if not is_fresh:
            raise refused("a sign-out that is too old")
        return _ended(self.issuer, signed)

    def leaving(self, back: str) -> str:
        """Where a browser goes to sign out there as well; empty where that is not offered.

        Args:
            back: where it is to come back to.
        """
        try:
            where = self.described().end_session_endpoint
        except PlatformUnavailable as error:
            logger.warning("the institution was not asked to sign out: %s", error.why)
            return ""
        if not where or origin_of(where) not in self.outbound.allowed:
            return ""
        query = urlencode({"client_id": self.client, "post_logout_redirect_uri": back})
        return f"{where}{'&' if '?' in where else '?'}{query}"


def _ended(issuer: str, signed: Signed) -> Ended:
    """What a token of the issuer's says has ended, if it is one that says so."""
    kind, events = str(signed.header.get("typ", "JWT")).lower(), signed.claims.get("events")
    if kind.removeprefix("application/") not in ("jwt", "logout+jwt"):
        raise refused("a sign-out that is another kind of token")
    if not isinstance(events, dict) or not isinstance(events.get(SIGNED_OUT), dict):
        raise refused("a sign-out that says of no sign-out")
    if "nonce" in signed.claims:
        raise refused("a sign-out with a nonce, as of a sign-in")
    found = [signed.claims.get(name, "") for name in ("sub", "sid", "jti")]
    if not all(isinstance(f, str) and len(f) <= LONGEST for f in found) or not any(found[:2]):
        raise refused("a sign-out of nobody")
    return Ended(issuer, *found)


def named(claims: dict[str, Any], path: str) -> tuple[str, ...]:
    """The words under a claim, which may lie deeper (`realm_access.roles`); none without a path."""
    found: Any = claims if path else None
    if path in claims:
        found = claims[path]
    else:
        for part in path.split(".") if path else ():
            found = found.get(part) if isinstance(found, dict) else None
    words = found if isinstance(found, list) else [found]
    return tuple(w for w in words if isinstance(w, str))


def terms_of(settings: Settings) -> Terms:
    """What the settings say of those whom the institution vouches for.

    Raises:
        SettingsError: a value cannot be used.
    """
    try:
        roles = {theirs: as_role(ours) for theirs, ours in settings.oidc_roles}
        programmes = {
            t: as_programme(ours, as_role("resident")) for t, ours in settings.oidc_programmes
        }
        joins = (
            as_programme(settings.oidc_programme, as_role("resident"))
            if settings.oidc_domains
            else ""
        )
    except NotAllowed as error:
        raise SettingsError(f"VSP_OIDC_ROLES, _PROGRAMMES or _PROGRAMME: {error}") from None
    if above := [r for r in roles.values() if r in OVER_ALL]:
        raise SettingsError(
            f"VSP_OIDC_ROLES: nobody becomes {above[0].value} by a claim; invite them"
        )
    if bool(roles) != bool(settings.oidc_role_claim):
        raise SettingsError("VSP_OIDC_ROLES and VSP_OIDC_ROLE_CLAIM go together; set both or none")
    if bool(programmes) != bool(settings.oidc_programme_claim):
        raise SettingsError("VSP_OIDC_PROGRAMMES and VSP_OIDC_PROGRAMME_CLAIM go together")
    return Terms(
        frozenset(d.lower().lstrip("@") for d in settings.oidc_domains), joins, roles, programmes
    )
