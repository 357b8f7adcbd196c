"""Which WSGI and ASGI applications a project has, told by its source: nothing is imported."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FRAMEWORKS = {
    "Flask": "Flask",
    "APIFlask": "APIFlask",
    "OpenAPI": "flask-openapi3",
    "FlaskApp": "Connexion",
    "FastAPI": "FastAPI",
    "Starlette": "Starlette",
    "Litestar": "Litestar",
    "Quart": "Quart",
}
"""Class whose instance is an application → its framework."""
FACTORIES = ("create_app", "make_app", "build_app", "get_app", "app_factory", "create_application")
_SKIPPED = {"tests", "test", "fuzz", "docs", "examples", "benchmarks", "node_modules", "build", "dist", "site-packages"}
_LARGEST = 1_000_000
"""Bytes of a module that is looked into."""


@dataclass(frozen=True, slots=True)
class Application:
    """An application of a project, as `prove400 run` takes it."""

    target: str  # `app.main:app`
    framework: str
    file: Path  # in the project


def applications(root: Path) -> list[Application]:
    """Give the applications that stand in a project's modules, a factory before an instance of the same module."""
    return [found for file in _modules(root) for found in _in_module(root, file)]


def _modules(root: Path) -> Iterator[Path]:
    for path in sorted(root.iterdir()):
        if path.name.startswith(".") or path.name in _SKIPPED:
            continue
        if path.is_dir() and not (path / "pyvenv.cfg").exists():
            yield from _modules(path)
        elif path.suffix == ".py" and path.stat().st_size <= _LARGEST:
            yield path


def _in_module(root: Path, file: Path) -> Iterator[Application]:
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    module = _dotted(root, file)
    made = {name: frame for name, call in _assigned(tree) if (frame := FRAMEWORKS.get(_called(call)))}
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name in FACTORIES):
        frames = [FRAMEWORKS[name] for name in map(_called, ast.walk(function)) if name in FRAMEWORKS]
        if frames and not _required(function):
            yield Application(f"{module}:{function.name}", frames[0], file.relative_to(root))
            return
    for name, frame in made.items():
        yield Application(f"{module}:{name}", frame, file.relative_to(root))


def _dotted(root: Path, file: Path) -> str:
    parts = list(file.relative_to(root).with_suffix("").parts)
    if parts[0] == "src":
        parts.pop(0)
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def _assigned(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id, node.value
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def _called(node: ast.AST) -> str:
    """Give the last name of what a call calls: ``flask.Flask(__name__)`` is one of ``Flask``."""
    if not isinstance(node, ast.Call):
        return ""
    called = node.func
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _required(function: ast.FunctionDef) -> bool:
    given = function.args
    positional = len(given.posonlyargs) + len(given.args) - len(given.defaults)
    return positional > 0 or any(default is None for default in given.kw_defaults)
