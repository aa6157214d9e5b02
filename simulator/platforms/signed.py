"""Signed tokens: checked by the keys that their issuer publishes, which may change at any time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, import_key

from simulator.accounts.institution import refused
from simulator.platforms.outbound import Outbound

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
KINDS = ("RSA", "EC")  # a key that both sides know would let whoever reads the public one sign
SKEW_S = 120  # how far two clocks may be apart
KEPT_FOR, ASKED_AGAIN = timedelta(hours=1), timedelta(seconds=20)
LONGEST = 32 * 1024


@dataclass(frozen=True, slots=True)
class Signed:
    """What a token says, and the header that it was signed under."""

    header: dict[str, Any]
    claims: dict[str, Any]


class Keys:
    """The published keys of issuers, kept for a while; asked for anew for one that is not there."""

    def __init__(self, outbound: Outbound, now: Callable[[], datetime]) -> None:
        self.outbound, self.now = outbound, now
        self._kept: dict[str, tuple[dict[str, Key], datetime]] = {}

    def checked(self, token: str, published_at: str) -> Signed:
        """What a token says that one of these keys signed; its claims are not looked at.

        Args:
            token: as it came. published_at: where its issuer's keys lie.

        Raises:
            Untrusted: none of them signed it, or it is none.
            PlatformUnavailable: the keys cannot be had.
        """
        if len(token) > LONGEST:
            raise refused("a token too long")
        try:
            header = jws.extract_compact(token.encode()).headers()
            if header.get("alg") not in ALGORITHMS:
                raise refused("an algorithm that is not taken")
            key = self._key(header.get("kid"), published_at)
            found = jwt.decode(token, key, algorithms=list(ALGORITHMS))
        except (JoseError, ValueError, TypeError, KeyError, RecursionError):
            raise refused("a signature that does not hold") from None
        return Signed(dict(found.header), dict(found.claims))

    def _key(self, kid: object, url: str) -> Key:
        keys, at = self._kept.get(url) or self._fetched(url)
        age = self.now() - at
        if age > KEPT_FOR or (_named(keys, kid) is None and age > ASKED_AGAIN):
            keys, _ = self._fetched(url)
        found = _named(keys, kid)
        if found is None:
            raise refused("a key that is not published")
        return found

    def _fetched(self, url: str) -> tuple[dict[str, Key], datetime]:
        listed = self.outbound.json(url).get("keys")
        keys: dict[str, Key] = {}
        for place, data in enumerate(listed if isinstance(listed, list) else []):
            if not isinstance(data, dict) or data.get("kty") not in KINDS:
                continue
            if data.get("use", "sig") != "sig":
                continue
            try:
                keys[str(data.get("kid", f"#{place}"))] = import_key(data)
            except (JoseError, ValueError, TypeError):
                continue  # a kind of key that this program does not know signs nothing here
        self._kept[url] = keys, self.now()
        return self._kept[url]


def _named(keys: dict[str, Key], kid: object) -> Key | None:
    """The key of that name; a token that names none is signed by the only one."""
    if kid is None:
        return next(iter(keys.values())) if len(keys) == 1 else None
    return keys.get(kid) if isinstance(kid, str) else None


class OwnKey:
    """The program's own key: signs what it says to platforms, and is published for them."""

    def __init__(self, pem: bytes) -> None:
        self.key = import_key(pem, "RSA")
        self.key.ensure_kid()

    def published(self) -> dict[str, Any]:
        """The public half, as platforms read it."""
        return dict(KeySet([self.key]).as_dict(private=False, use="sig", alg="RS256"))

    def sign(self, claims: dict[str, Any]) -> str:
        """A token that says this."""
        return jwt.encode({"alg": "RS256", "kid": self.key.kid}, claims, self.key)
