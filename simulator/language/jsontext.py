"""JSON that somebody else wrote, read without trusting its shape."""

from __future__ import annotations

import json
import re
from typing import Any

MAX_DEPTH = 100
HALF = re.compile(r"\\u[dD][89a-fA-F]")  # an escape that is only half of a character


def read_json(text: str) -> Any:
    """The data; half characters become the sign for what cannot be read.

    Raises:
        json.JSONDecodeError: it is not JSON.
        ValueError: it is nested too deeply, or holds a number too long to read.
    """
    try:
        data = json.loads(text)
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    except json.JSONDecodeError:
        raise
    except ValueError:
        raise ValueError("holds a number too long to read") from None
    if _is_deep(data):
        raise ValueError("is nested too deeply")
    if HALF.search(text):
        whole = json.dumps(data, ensure_ascii=False).encode("utf-16", "surrogatepass")
        data = json.loads(whole.decode("utf-16", "replace"))
    return data


def _is_deep(data: Any) -> bool:
    level = [data]
    for _ in range(MAX_DEPTH):
        inside: list[Any] = []
        for part in level:
            if isinstance(part, dict):
                inside += part.values()
            elif isinstance(part, list):
                inside += part
        if not inside:
            return False
        level = inside
    return True
