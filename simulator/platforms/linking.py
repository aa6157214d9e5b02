"""LTI deep linking 2.0: a platform asks what a link is to lead to, and gets a signed answer."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from simulator.accounts.institution import refused
from simulator.platforms.claims import CLAIM, object_in, text_of
from simulator.platforms.outbound import is_safe, origin_of

if TYPE_CHECKING:
    from simulator.platforms.lti import Platform, Tool

SPEC = "https://purl.imsglobal.org/spec/lti-dl/claim"
SETTINGS, DATA, ITEMS = f"{SPEC}/deep_linking_settings", f"{SPEC}/data", f"{SPEC}/content_items"
REQUEST, RESPONSE = "LtiDeepLinkingRequest", "LtiDeepLinkingResponse"
LINK = "ltiResourceLink"
LONGEST_ADDRESS = 8000
GOOD_FOR_S = 600


@dataclass(frozen=True, slots=True)
class Choice:
    """What a platform asks for: one link or several, with a line for their scores or without.

    `answer_to` is where the browser brings the answer, `data` what has to come back with it.
    """

    answer_to: str
    several: bool
    lines: bool
    data: Any = None


@dataclass(frozen=True, slots=True)
class Link:
    """What a link may lead to."""

    kind: Literal["assignment", "case"]
    id: str
    title: str


def choice_of(claims: dict[str, Any], origins: frozenset[str]) -> Choice:
    """The choice that the claims of a request ask for.

    Args:
        claims: of the request, which the platform signed. origins: the platform's own.

    Raises:
        Untrusted: the answer would go elsewhere, or what is wanted is no link.
    """
    said = object_in(claims, SETTINGS)
    where, kinds = said.get("deep_link_return_url"), said.get("accept_types")
    where = text_of(where, LONGEST_ADDRESS)
    if origin_of(where) not in origins or not is_safe(where):
        raise refused("a choice to be brought to an address that is not configured")
    if not isinstance(kinds, list) or LINK not in kinds:
        raise refused("a choice of something that is no link")
    several, lines = said.get("accept_multiple") is True, said.get("accept_lineitem", True) is True
    return Choice(where, several, lines, said.get("data"))


def answer(
    tool: Tool, platform: Platform, deployment: str, choice: Choice, links: Sequence[Link], to: str
) -> str:
    """The signed answer that a browser brings to the platform.

    Args:
        tool, platform, deployment: who answers whom. choice: what was asked for.
        links: what was chosen. to: the address at which the platform launches it.
    """
    now = int(tool.now().timestamp())
    lines = choice.lines and platform.grades
    told = {
        "iss": platform.client_id,
        "aud": platform.issuer,
        "iat": now,
        "exp": now + GOOD_FOR_S,
        "nonce": secrets.token_urlsafe(32),
        f"{CLAIM}/message_type": RESPONSE,
        f"{CLAIM}/version": "1.3.0",
        f"{CLAIM}/deployment_id": deployment,
        ITEMS: [_item(link, to, lines) for link in links],
    }
    if choice.data is not None:
        told[DATA] = choice.data
    return tool.key.sign(told)


def _item(link: Link, to: str, lines: bool) -> dict[str, Any]:
    """A link as the platform keeps it; only assignments have scores that go back."""
    item = {
        "type": LINK,
        "title": link.title,
        "url": to,
        "custom": {link.kind: link.id},
        "window": {"targetName": "_blank"},
    }
    if lines and link.kind == "assignment":
        item["lineItem"] = {"label": link.title, "scoreMaximum": 100, "resourceId": link.id}
    return item
