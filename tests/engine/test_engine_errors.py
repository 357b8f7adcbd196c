"""Our exceptions: one tree, as drawn; messages with what, where and hint; and the names that the package exports."""

from __future__ import annotations

import ast
import copy
import pickle
import pkgutil
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import prove400
from prove400 import errors
from prove400.errors import Prove400Error

if TYPE_CHECKING:
    from collections.abc import Iterator


def tree(root: type[Prove400Error]) -> dict[type[Prove400Error], int]:
    """Give every class below a root with its depth, siblings by name."""
    found = {root: 0}
    for child in sorted(root.__subclasses__(), key=lambda kind: kind.__name__):
        found |= {kind: depth + 1 for kind, depth in tree(child).items()}
    return found


KINDS = list(tree(Prove400Error))


def test_the_drawing_is_the_tree() -> None:
    """The tree in the module's docstring has the classes of every module of ours, in the same places."""
    for module in pkgutil.walk_packages(prove400.__path__, "prove400."):
        import_module(module.name)
    drawn = [line for line in (errors.__doc__ or "").splitlines() if "Error" in line]
    assert [(line.rpartition(" ")[2], (len(line) - len(line.lstrip(" │├└─")) - 4) // 4) for line in drawn] == [
        (kind.__name__, depth) for kind, depth in tree(Prove400Error).items()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_str_says_what_where_and_what_to_try(kind: type[Prove400Error]) -> None:
    """The text has all three fields, and only those that are there."""
    assert str(kind("it broke")) == "it broke"
    assert str(kind("it broke", "/a")) == "it broke (at /a)"
    assert str(kind("it broke", hint="mend it")) == "it broke\nHint: mend it"
    assert str(kind("it broke", "/a", "mend it")) == "it broke (at /a)\nHint: mend it"


@pytest.mark.parametrize("kind", KINDS)
def test_notes_causes_and_tracebacks_can_be_set(kind: type[Prove400Error]) -> None:
    """An exception of ours takes notes and a cause, and passes through a context manager: it is not frozen."""

    @contextmanager
    def passing() -> Iterator[None]:
        yield

    def fail(cause: Exception) -> None:
        error = kind("it broke")
        error.add_note("while testing")
        with passing():
            raise error from cause

    cause = ValueError("low")
    with pytest.raises(kind) as caught:
        fail(cause)
    assert caught.value.__cause__ is cause
    assert caught.value.__notes__ == ["while testing"]
    assert caught.value.__traceback__ is not None


@pytest.mark.parametrize("kind", KINDS)
def test_exceptions_can_be_keys_and_travel(kind: type[Prove400Error]) -> None:
    """Two exceptions with equal fields are two; a copy or an unpickled one has the same fields."""
    error = kind("it broke", where="/a", hint="mend it")
    assert len({error, kind("it broke", where="/a", hint="mend it")}) == 2
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 — our own bytes
        assert type(other) is kind
        assert vars(other) == vars(error)


def test_every_kind_is_exported() -> None:
    """Whatever we raise can be caught by a name of the package."""
    assert {kind.__name__ for kind in KINDS} <= set(prove400.__all__)


def test_all_is_sorted_and_complete() -> None:
    """`__all__` is sorted, and lists what type checkers and `dir` are told of; each name is that of its module."""
    parsed = ast.parse(Path(prove400.__file__).read_text(encoding="utf-8"))
    imports = [node for branch in parsed.body if isinstance(branch, ast.If) for node in branch.body]
    homes = {
        alias.name: str(each.module) for each in imports if isinstance(each, ast.ImportFrom) for alias in each.names
    }
    assert sorted(homes) == prove400.__all__
    assert set(prove400.__all__) <= set(dir(prove400))
    for name, home in homes.items():
        assert getattr(prove400, name) is getattr(import_module(home), name)


def test_what_the_package_lacks_is_told() -> None:
    """A name that is none raises `AttributeError`, as of any module."""
    assert not hasattr(prove400, "nothing")


def test_version_is_the_distribution_s() -> None:
    """The version in the code is the one of the distribution's pattern: three numbers."""
    assert [part.isdecimal() for part in prove400.__version__.split(".")] == [True] * 3
