"""What the API is, as OpenAPI and as a page that fetches nothing from elsewhere."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment

import simulator
from simulator.web import views
from simulator.web.access import RULES
from simulator.web.api.words import HERE, words
from simulator.web.problems import API


def title() -> str:
    """What the API is called."""
    return f"{views.words()['product']}: {words()['docs']['title']}"


def add(app: FastAPI) -> None:
    """The two addresses that are open to all."""

    @app.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> Response:
        return JSONResponse(described(app, str(request.scope.get("root_path", ""))))

    @app.get("/", include_in_schema=False)
    def page(request: Request) -> Response:
        base = str(request.scope.get("root_path", ""))
        root = str(request.scope.get("app_root_path", ""))
        told = {"base": base, "root": root, "operations": list(operations(described(app, base)))}
        return HTMLResponse(_environment().get_template("docs.html").render(**told))


@cache
def _environment() -> Environment:
    product = views.words()["product"]
    return views.environment(HERE / "templates", w=words()["docs"], product=product)


def described(app: FastAPI, base: str) -> dict[str, Any]:
    """The OpenAPI of the API, with the scope that each address needs.

    Args:
        app: the API. base: the path at which it is served.
    """
    found = get_openapi(
        title=title(),
        version=simulator.__version__,
        description=words()["description"],
        routes=app.routes,
        servers=[{"url": base or API}],
    )
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            for status, answer in operation["responses"].items():
                if status >= "400":  # FastAPI tells of a problem as of any other JSON, too
                    answer["content"].pop("application/json", None)
            rule = RULES.get(f"{method.upper()} {API}{path}")
            if rule is not None and rule.scope is not None:
                operation["security"] = [{"token": []}]
                operation["x-scope"] = rule.scope.value
    return found


def operations(api: dict[str, Any]) -> Any:
    """What the page shows of each address, in order."""
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            answer = operation["responses"].get("200") or operation["responses"].get("201") or {}
            yield {
                "method": method.upper(),
                "path": path,
                "summary": operation["summary"],
                "about": operation.get("description", ""),
                "scope": operation.get("x-scope", ""),
                "query": [p for p in operation.get("parameters", ()) if p["in"] == "query"],
                "body": _example(body.get("schema"), api),
                "answers": ", ".join(answer.get("content", {})),
            }


def _example(schema: dict[str, Any] | None, api: dict[str, Any]) -> str:
    """A body as it may be sent, from the examples and defaults of its fields."""
    if schema is None:
        return ""
    known = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    fields = {k: _value(f) for k, f in known.get("properties", {}).items()}
    return json.dumps({k: v for k, v in fields.items() if v is not None}, ensure_ascii=False)


def _value(field: dict[str, Any]) -> Any:
    return field["examples"][0] if field.get("examples") else field.get("default")
