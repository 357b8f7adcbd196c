"""From what a user names to a transport: a URL, ``module:attr``, an application, or a factory of one."""

from __future__ import annotations

import ast
import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from prove400.errors import TargetError
from prove400.transport.base import application_name, exception_line
from prove400.transport.wsgi import WSGITransport

if TYPE_CHECKING:
    from prove400.transport.base import Transport

_WSGI_PARAMETERS = 2  # environ, start_response (PEP 3333)
_ASGI_PARAMETERS = 3  # scope, receive, send (ASGI 3)
_SHAPES = "Give a WSGI application (environ, start_response), an ASGI one (scope, receive, send), or a factory of one."


def connect(
    target: object,
    *,
    timeout: float = 10.0,
    connections: int = 8,
    verify: bool | str = True,
) -> Transport:
    """Give the transport for a target.

    A string with ``://`` is a URL; any other is ``module:attr``, where attr is a dotted name, or a call of one with
    literal arguments (``create_app("test")``), looked for in the current directory first. Anything else is a WSGI or
    ASGI application or a factory without required parameters. `timeout` is in seconds; `connections` and `verify`
    are for URLs. TargetError where this leads to no application.
    """
    if not isinstance(target, str):
        return _in_process(target, application_name(target), timeout)
    if "://" in target:
        from prove400.transport.http import HTTPTransport  # noqa: PLC0415 — slow to import, and seldom needed

        return HTTPTransport(target, timeout=timeout, connections=connections, verify=verify)
    return _in_process(_load(target), target, timeout)


def _in_process(target: object, name: str, timeout: float) -> Transport:
    app: Any = target
    if _arity(app, name) == 0:
        app = _call(app, name)
    arity = _arity(app, name)
    if arity == _ASGI_PARAMETERS:
        from prove400.transport.asgi import ASGITransport  # noqa: PLC0415 — slow to import, and seldom needed

        return ASGITransport(app, timeout=timeout, name=name)
    if arity == _WSGI_PARAMETERS:
        return WSGITransport(app, name=name)
    raise TargetError(f"{application_name(app)} is no application: it has {arity} required parameters", name, _SHAPES)


def _arity(app: object, name: str) -> int:
    """Give how many positional parameters a call requires; a coroutine function or object counts as ASGI."""
    if not callable(app):
        raise TargetError(f"{type(app).__name__} object is not callable", name, _SHAPES)
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError) as error:
        raise TargetError("cannot see which parameters it takes", name, _SHAPES) from error
    positional = {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}
    required = sum(p.kind in positional and p.default is p.empty for p in parameters)
    is_async = inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(type(app).__call__)
    if is_async and required == 0 and not any(p.kind is p.VAR_POSITIONAL for p in parameters):
        raise TargetError("an asynchronous factory cannot be called here", name, "Give the application itself.")
    return _ASGI_PARAMETERS if is_async else required


def _call(factory: Any, name: str, *args: Any, **kwargs: Any) -> object:
    try:
        app: object = factory(*args, **kwargs)
    except (Exception, SystemExit) as error:  # the seam: foreign code may raise anything
        raise TargetError(
            f"the factory raised {exception_line(error)}", name, "Call it in a Python shell to see the traceback."
        ) from error
    return app


def _load(target: str) -> object:
    """Give what ``module:attr`` names."""
    module_name, colon, attribute = target.partition(":")
    if not colon or not module_name or not attribute:
        raise TargetError("neither a URL nor module:attr", target, "Write http://host:port, or package.module:app.")
    path, arguments = _parse_attribute(attribute, target)
    found: Any = _import(module_name, target)
    for step, name in enumerate(path):
        if not hasattr(found, name):
            owner = ".".join([module_name, *path[:step]])
            raise TargetError(f"{owner} has no attribute {name!r}", target, _advice(found))
        found = getattr(found, name)
    if arguments is None:
        return found
    if not callable(found):
        raise TargetError(f"{'.'.join(path)} is not callable", target, _SHAPES)
    return _call(found, target, *arguments[0], **arguments[1])


def _parse_attribute(attribute: str, target: str) -> tuple[list[str], tuple[list[Any], dict[str, Any]] | None]:
    """Give the dotted name as a list, and positional and keyword arguments if it is a call."""
    try:
        node: ast.expr = ast.parse(attribute.strip(), mode="eval").body
        arguments = None
        if isinstance(node, ast.Call):
            named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in node.keywords if keyword.arg}
            arguments = [ast.literal_eval(argument) for argument in node.args], named
            node = node.func
    except (SyntaxError, ValueError) as error:
        raise TargetError(f"cannot read {attribute!r}", target, "Write module:app or module:create_app().") from error
    path: list[str] = []
    while isinstance(node, ast.Attribute):
        path.insert(0, node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        raise TargetError(
            f"{attribute!r} is not a name",
            target,
            f"Write module:app or module:create_app(); for a server, write http://{target}.",
        )
    return [node.id, *path], arguments


def _import(module_name: str, target: str) -> object:
    """Give the module, looked for in the current directory first, as ``gunicorn`` and ``python -m`` do."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        return import_module(module_name)
    except (Exception, SystemExit) as error:  # the seam: a module's own code may raise anything
        if isinstance(error, ModuleNotFoundError) and f"{module_name}.".startswith(f"{error.name}."):
            raise TargetError(
                f"no module named {error.name!r}", target, f"It was looked for in {here} and in the installed packages."
            ) from error
        raise TargetError(
            f"importing {module_name} raised {exception_line(error)}",
            target,
            "Import it in a Python shell to see the traceback.",
        ) from error


def _advice(owner: object) -> str:
    found = {name: getattr(owner, name, None) for name in dir(owner) if not name.startswith("_")}
    names = [name for name, value in found.items() if callable(value) and not _is_exception(value)]
    names.sort(key=lambda name: _strangeness(found[name], getattr(owner, "__name__", "")))
    return f"Callables there: {', '.join(names[:8])}." if names else "Check the name after the colon."


def _is_exception(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, BaseException)


def _strangeness(value: object, module: str) -> int:
    """Rank what a module has: its own functions and any object that can be called, its own classes, what it imports."""
    own = getattr(value, "__module__", module) == module
    if isinstance(value, type):
        return 1 if own else 2
    return 0 if own or not inspect.isroutine(value) else 2
