from __future__ import annotations

import pytest

from simulator.platforms.outbound import origin_of


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://a.edu/x", "https://a.edu:443"),
        ("https://A.edu:443", "https://a.edu:443"),
        ("https://a.edu@evil.example", ""),
        ("https://a.edu:x/", ""),
        ("javascript:alert(1)", ""),
        ("", ""),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, origin: str) -> None:
    assert origin_of(url) == origin
