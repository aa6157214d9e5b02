"""The edges of the program: who may import what, who reads the environment, how long things are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

import pytest

from simulator.settings import ROOT

MAX_LINES, MAX_FUNCTION = 400, 50
EDGES = {
    "langchain": ("simulator/llm/", "simulator/knowledge/"),
    "chromadb": ("simulator/knowledge/",),
    "gradio": ("app.py", "simulator/web/"),
    "sqlalchemy": ("simulator/store/",),
    "alembic": ("simulator/store/",),
    "pg8000": ("simulator/store/",),
    "authlib": ("simulator/platforms/",),
    "joserfc": ("simulator/platforms/",),
    "pydantic_settings": ("simulator/settings.py",),
    "faster_whisper": ("simulator/speech/worker.py",),
    "hibari": ("simulator/speech/worker.py",),
    "piper": ("simulator/speech/worker.py",),
    "prometheus": ("simulator/metrics.py",),
    "ray": ("simulator/cluster.py",),
}
MODULES = [
    *(p.relative_to(ROOT).as_posix() for p in sorted((ROOT / "simulator").rglob("*.py"))),
    *(["app.py"] if (ROOT / "app.py").is_file() else []),
]


ORDER = (
    "scripts",
    "knowledge",
    "language",
    "speech",
    "llm",
    "patient",
    "encounter",
    "evaluator",
    "course",
    "accounts",
    "assignments",
    "platforms",
    "store",
    "studio",
    "web",
)


def package_of(module: str) -> str:
    """The package of a module of the program: 'patient' of simulator/patient/voice.py."""
    return module.split("/")[1] if module.count("/") > 1 else ""


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"), module)


def imports(node: ast.AST) -> Iterator[str]:
    """Every module that is imported anywhere below a node, in functions too."""
    for child in ast.walk(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom) and child.module:
            yield child.module


def outside(library: str, module: str, source: ast.AST) -> list[str]:
    """The imports of a library, or of one that is named after it, where it has no place."""
    if module.startswith(EDGES[library]):
        return []
    return [n for n in imports(source) if f"{n.split('.')[0]}_".startswith(f"{library}_")]


def environment(source: ast.AST) -> list[int]:
    """The lines that read the environment; to set a variable for a library is not to read it."""
    written = {
        id(part)
        for node in ast.walk(source)
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store)
        for part in ast.walk(node.value)
    }
    return [
        node.lineno
        for node in ast.walk(source)
        if id(node) not in written
        and (
            (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"))
            or (isinstance(node, ast.Name) and node.id in ("environ", "environb", "getenv"))
        )
    ]


def is_default(node: ast.stmt) -> bool:
    """Whether a statement only gives a variable its default: os.environ.setdefault(…)."""
    return ast.unparse(node).startswith("os.environ.setdefault(")


def without_defaults(module: str) -> ast.Module:
    """The module, less the defaults that the command line sets to keep libraries quiet."""
    source = ast.parse((ROOT / module).read_text(encoding="utf-8"), module)
    for node in ast.walk(source):
        if isinstance(node, ast.FunctionDef) and node.name == "_quiet_libraries":
            node.body = [line for line in node.body if not is_default(line)] or [ast.Pass()]
    return source


@pytest.mark.parametrize("library", EDGES)
@pytest.mark.parametrize("module", MODULES)
def test_a_library_is_imported_at_its_edge_alone(module: str, library: str) -> None:
    assert outside(library, module, tree(module)) == []


@pytest.mark.parametrize("module", [m for m in MODULES if m.startswith("simulator/")])
def test_the_program_imports_neither_its_benches_nor_its_training_nor_the_app(module: str) -> None:
    assert not {n.split(".")[0] for n in imports(tree(module))} & {"app", "bench", "training"}


@pytest.mark.parametrize("module", [m for m in MODULES if package_of(m) in ORDER])
def test_a_package_imports_only_what_stands_before_it(module: str) -> None:
    above = ORDER[ORDER.index(package_of(module)) + 1 :]
    found = [n.split(".") for n in imports(tree(module)) if n.startswith("simulator.")]
    assert not [".".join(n) for n in found if len(n) > 1 and n[1] in above]


@pytest.mark.parametrize("module", [m for m in MODULES if m != "simulator/settings.py"])
def test_the_environment_is_read_in_the_settings_alone(module: str) -> None:
    source = without_defaults(module) if module == "simulator/cli.py" else tree(module)
    assert environment(source) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_stays_short(module: str) -> None:
    assert len((ROOT / module).read_text(encoding="utf-8").splitlines()) <= MAX_LINES


@pytest.mark.parametrize("module", MODULES)
def test_a_function_stays_short(module: str) -> None:
    long = {
        node.name: length
        for node in ast.walk(tree(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > MAX_FUNCTION
    }
    assert long == {}


@pytest.mark.parametrize(
    ("library", "module", "code"),
    [
        ("langchain", "simulator/patient/voice.py", "from langchain_core.messages import X"),
        ("langchain", "simulator/services.py", "def f():\n    import langchain"),
        ("gradio", "simulator/evaluator/report.py", "import gradio.themes as t"),
        ("gradio", "simulator/cli.py", "from gradio_client import Client"),
        ("sqlalchemy", "simulator/encounter/encounter.py", "import json, sqlalchemy"),
        (
            "pydantic_settings",
            "simulator/llm/served.py",
            "from pydantic_settings import BaseSettings",
        ),
    ],
)
def test_an_import_beyond_its_edge_would_be_seen(library: str, module: str, code: str) -> None:
    assert outside(library, module, ast.parse(code))
    assert not outside(library, EDGES[library][0], ast.parse(code))


@pytest.mark.parametrize(
    "code",
    [
        "import os\nx = os.environ['A']",
        "import os\nx = os.environ.get('A')",
        "import os\nx = os.getenv('A')",
        "from os import environ\nx = environ['A']",
        "import os\nos.environ.setdefault('A', 'b')",
    ],
)
def test_a_look_at_the_environment_would_be_seen(code: str) -> None:
    assert environment(ast.parse(code)) != []
    assert environment(ast.parse("import os\nos.environ['A'] = 'b'")) == []
