"""LTI 1.3: a learning platform sends somebody to an assignment or patient, and vouches for them."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit

import yaml
from joserfc.errors import JoseError
from joserfc.jwt import JWTClaimsRegistry
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from simulator.accounts.institution import Known, Terms, refused
from simulator.accounts.people import Role, as_programme
from simulator.errors import NotAllowed, PlatformUnavailable, SettingsError
from simulator.platforms.claims import CLAIM, object_in, text_of
from simulator.platforms.linking import REQUEST, Choice, choice_of
from simulator.platforms.names import Course, course_of
from simulator.platforms.outbound import (
    NO_ANSWER,
    Outbound,
    origin_of,
    read_object,
    require_safe,
)
from simulator.platforms.signed import SKEW_S, Keys, OwnKey
from simulator.settings import Settings

ENDPOINT = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
SCORE = "https://purl.imsglobal.org/spec/lti-ags/scope/score"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST = 255
Given = Literal["resident", "author", "reviewer", "course lead"]


class Platform(BaseModel):
    """A learning platform as the operator's file describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(max_length=LONGEST)
    client_id: str = Field(max_length=LONGEST)
    login_url: str
    token_url: str
    keys_url: str
    deployments: dict[str, str] = Field(min_length=1)  # each one's programme
    hosts: tuple[str, ...] = ()  # further ones, such as that of its gradebook
    token_audience: str = ""  # for whom a proof for tokens is, where that is not token_url
    roles: dict[str, Given] = {}  # the last part of the platform's word for a role: ours
    grades: bool = False
    names: bool = False
    links_by_email: bool = False

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it is reached; nothing goes elsewhere."""
        more = (f"https://{host}" for host in self.hosts)
        return (self.issuer, self.login_url, self.token_url, self.keys_url, *more)

    @property
    def origins(self) -> frozenset[str]:
        """The origins of these, from which its pages come and to which answers go."""
        return frozenset(map(origin_of, self.addresses))

    def role_of(self, said: object) -> Role:
        """The first of ours that one of the platform's roles means; else a resident's."""
        words = [w for w in said if isinstance(w, str)] if isinstance(said, list | tuple) else []
        short = {w.rpartition("#")[2] for w in words if "/membership" in w or "#" not in w}
        return next((Role(r) for w, r in self.roles.items() if w in short), Role.RESIDENT)


@dataclass(frozen=True, slots=True)
class Launch:
    """Somebody whom a platform sends: who, of which programme, where to, where a score belongs.

    `course` is the one that it comes from, where its members may be read. `choice` is asked for
    instead of a place to go to.
    """

    platform: Platform
    deployment: str
    known: Known
    terms: Terms
    role: Role
    course: Course | None = None
    choice: Choice | None = None
    assignment: str = ""
    case: str = ""
    line: str = ""


class Tool:
    """The program as platforms know it."""

    def __init__(
        self, platforms: Sequence[Platform], key: OwnKey, now: Callable[[], datetime]
    ) -> None:
        self.platforms, self.key, self.now = tuple(platforms), key, now
        self.outbound = Outbound(a for p in platforms for a in p.addresses)
        self._keys = {_name(p): Keys(Outbound(p.addresses), now) for p in platforms}

    @property
    def origins(self) -> frozenset[str]:
        """The origins from which a platform's pages may send somebody."""
        return frozenset(o for p in self.platforms for o in p.origins)

    def platform(self, issuer: str, client: str = "") -> Platform:
        """The platform of that issuer, and of that client where it says which.

        Raises:
            Untrusted: there is none, or it may be one of several.
        """
        found = [p for p in self.platforms if p.issuer == issuer and client in ("", p.client_id)]
        if len(found) != 1:
            raise refused("a platform that is not configured")
        return found[0]

    def token(self, platform: Platform, scope: str) -> str:
        """What lets the program in at a platform's services, for one thing alone.

        Raises:
            PlatformUnavailable: none was given.
        """
        now = int(self.now().timestamp())
        audience = platform.token_audience or platform.token_url
        who = {"iss": platform.client_id, "sub": platform.client_id, "aud": audience}
        proof = {**who, "iat": now, "exp": now + 300, "jti": secrets.token_urlsafe(24)}
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self.key.sign(proof),
            "scope": scope,
        }
        answer = Outbound(platform.addresses).call("POST", platform.token_url, data=form)
        token = read_object(answer).get("access_token")
        if not isinstance(token, str):
            raise PlatformUnavailable(NO_ANSWER, why="no token was given")
        return token

    def begin(self, said: dict[str, str], here: str) -> tuple[str, str, dict[str, str]]:
        """Where a browser is sent to bring proof, the state that comes back, what is remembered.

        Args:
            said: what the platform sent the browser with. here: our own address for the proof.

        Raises:
            Untrusted: it is no platform of ours, or it wants somebody elsewhere.
        """
        platform = self.platform(said.get("iss", ""), said.get("client_id", ""))
        if not _is(said.get("target_link_uri", ""), here) or not said.get("login_hint"):
            raise refused("a launch to another address")
        state, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        query = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": platform.client_id,
            "redirect_uri": here,
            "login_hint": said["login_hint"],
            "state": state,
            "nonce": nonce,
        }
        if hint := said.get("lti_message_hint"):
            query["lti_message_hint"] = hint
        joint = "&" if "?" in platform.login_url else "?"
        kept = {"nonce": nonce, "issuer": platform.issuer, "client": platform.client_id}
        return f"{platform.login_url}{joint}{urlencode(query)}", state, kept

    def finish(self, token: str, kept: dict[str, str], here: str) -> Launch:
        """Whom a platform sends, and where to.

        Args:
            token: the proof. kept: what was remembered. here: our own address for the proof.

        Raises:
            Untrusted: something in it does not hold.
            PlatformUnavailable: the platform's keys cannot be had.
        """
        platform = self.platform(kept["issuer"], kept["client"])
        claims = self._keys[_name(platform)].checked(token, platform.keys_url).claims
        look = JWTClaimsRegistry(
            int(self.now().timestamp()),
            SKEW_S,
            iss={"essential": True, "value": platform.issuer},
            aud={"essential": True, "value": platform.client_id},
            nonce={"essential": True, "value": kept["nonce"]},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            look.validate(claims)
        except (JoseError, ValueError, TypeError):
            raise refused("a launch that does not fit") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", "" if several else platform.client_id) != platform.client_id:
            raise refused("a launch for another client")
        return _launch(platform, claims, here)


def _launch(platform: Platform, claims: dict[str, Any], here: str) -> Launch:
    """What the claims of a launch mean; the platform signed them.

    Raises:
        Untrusted: it is no launch, or of a deployment that is not configured.
    """
    kind, version = claims.get(f"{CLAIM}/message_type"), claims.get(f"{CLAIM}/version")
    if kind not in ("LtiResourceLinkRequest", REQUEST) or version != "1.3.0":
        raise refused("a message that is no launch")
    deployment = text_of(claims.get(f"{CLAIM}/deployment_id"))
    programme = platform.deployments.get(deployment)
    if programme is None:
        raise refused("a deployment that is not configured")
    if not _is(text_of(claims.get(f"{CLAIM}/target_link_uri")), here):
        raise refused("a launch to another address")
    subject = text_of(claims["sub"])
    if not subject:
        raise refused("a launch of nobody")
    email, name = text_of(claims.get("email")), text_of(claims.get("name"))
    sent = Launch(
        platform,
        deployment,
        Known(platform.issuer, subject, email, name),
        Terms(programme=programme),
        platform.role_of(claims.get(f"{CLAIM}/roles")),
        course_of(claims) if platform.names else None,
    )
    if kind == REQUEST:
        return replace(sent, choice=choice_of(claims, platform.origins))
    if not text_of(object_in(claims, f"{CLAIM}/resource_link").get("id")):
        raise refused("a launch of no link")
    custom, endpoint = object_in(claims, f"{CLAIM}/custom"), object_in(claims, ENDPOINT)
    scopes = endpoint.get("scope")
    may_score = isinstance(scopes, list) and SCORE in scopes
    return replace(
        sent,
        assignment=text_of(custom.get("assignment")),
        case=text_of(custom.get("case")),
        line=text_of(endpoint.get("lineitem")) if may_score else "",
    )


def _is(said: str, here: str) -> bool:
    """Whether an address is this one, whatever its query."""
    parts, ours = urlsplit(said), urlsplit(here)
    return origin_of(said) == origin_of(here) != "" and parts.path == ours.path


def _name(platform: Platform) -> tuple[str, str]:
    return platform.issuer, platform.client_id


def open_tool(settings: Settings, now: Callable[[], datetime]) -> Tool | None:
    """The program as its platforms know it, where there are some.

    Raises:
        SettingsError: the file or the key cannot be used.
    """
    if settings.lti_platforms is None:
        return None
    if settings.lti_key is None:
        raise SettingsError("VSP_LTI_KEY names no file; make one: python -m simulator lti-key FILE")
    if not settings.accounts:
        raise SettingsError("VSP_LTI_PLATFORMS needs accounts; set VSP_ACCOUNTS=1 as well")
    try:
        listed = yaml.safe_load(settings.lti_platforms.read_text(encoding="utf-8"))
        platforms = [Platform.model_validate(each) for each in listed]
        key = OwnKey(settings.lti_key.read_bytes())
    except (OSError, yaml.YAMLError, TypeError) as error:
        raise SettingsError(f"VSP_LTI_PLATFORMS or VSP_LTI_KEY cannot be read: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise SettingsError(f"VSP_LTI_PLATFORMS: {where}: {first['msg']}") from None
    except (JoseError, ValueError):
        raise SettingsError("VSP_LTI_KEY is no RSA key; make one: lti-key FILE") from None
    _look_at(platforms)
    return Tool(platforms, key, now)


def _look_at(platforms: Sequence[Platform]) -> None:
    if len({_name(p) for p in platforms}) != len(platforms):
        raise SettingsError("VSP_LTI_PLATFORMS names one client of an issuer twice")
    for platform in platforms:
        for address in platform.addresses[1:]:
            require_safe("VSP_LTI_PLATFORMS", address)
        try:
            for programme in platform.deployments.values():
                as_programme(programme, Role.RESIDENT)
        except NotAllowed as error:
            raise SettingsError(f"VSP_LTI_PLATFORMS: {error}") from None


def write_key(path: Path) -> None:
    """Write a new key for the program, which only its owner may read.

    Raises:
        SettingsError: there is a file already, or it cannot be written.
    """
    from joserfc.jwk import RSAKey

    try:
        path.touch(mode=0o600, exist_ok=False)
        path.write_bytes(RSAKey.generate_key(2048).as_pem(private=True))
    except OSError as error:
        raise SettingsError(f"{path} cannot be written ({error.strerror}); name another") from None
