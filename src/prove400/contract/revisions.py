"""Contracts at a git revision, ``main:contracts/openapi.json``, read through git without touching the working tree."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from prove400.contract import Contract, from_document, load
from prove400.contract.files import bundle
from prove400.errors import ContractError

_SUFFIXES = (".json", ".yaml", ".yml")


def is_revision(source: str) -> bool:
    """Tell whether a source is ``REV:PATH``, as `git show` reads it, and not a file, a URL or ``module:attr``."""
    revision, colon, path = source.partition(":")
    named = bool(revision and colon and path) and not path.startswith("//")
    return named and not Path(source).exists() and (path.endswith(_SUFFIXES) or "/" in path)


def load_any(source: str, *, allow: Iterable[str | Path] = ()) -> Contract:
    """Make a contract from a file, or from ``REV:PATH``, whose references are followed in that revision.

    `PATH` is read from the root of the repository, unless it begins with ``./`` or ``../``. Raises `ContractError`
    where git, the revision or the file is missing, and all that `load` does.
    """
    if not is_revision(source):
        return load(source, allow=allow)
    name, _, path = source.partition(":")
    root = Path(_git("rev-parse", "--show-toplevel", where=source).decode().strip())
    commit = _git("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}", where=source)
    tree = _Tree(commit.decode().strip(), root, source)
    file = (Path.cwd() if path.startswith(("./", "../")) else root) / path
    return from_document(bundle(file, map(Path, allow), tree), source)


@dataclass(frozen=True, slots=True)
class _Tree:
    """The files of one commit, by the paths that they have in the working tree."""

    commit: str
    root: Path
    source: str

    def _object(self, path: Path) -> str:
        within = os.path.relpath(path, self.root.resolve()).replace(os.sep, "/")
        return f"{self.commit}:{within}"

    def read_bytes(self, path: Path) -> bytes:
        """Give the content of a file."""
        return _git("cat-file", "blob", self._object(path), where=self.source)

    def is_file(self, path: Path) -> bool:
        """Tell whether the commit has a file there."""
        try:
            return _git("cat-file", "-t", self._object(path), where=self.source).strip() == b"blob"
        except ContractError:
            return False


_HINTS = {
    "rev-parse": "name a branch, tag or commit that is fetched, in a repository: `git fetch origin main`, "
    "then origin/main:PATH; a shallow clone has no other revisions",
    "cat-file": "`git ls-tree -r --name-only REV` lists the files of a revision",
}
_WHAT = {"rev-parse": "git knows no such revision here", "cat-file": "the revision has no such file"}


def _git(*words: str, where: str) -> bytes:
    """Give what git prints; its configuration and locale have no say in that."""
    environment = {**os.environ, "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    try:
        # No shell; what users give stands behind --end-of-options, or in an object's name.
        done = subprocess.run(["git", *words], capture_output=True, check=False, env=environment)  # noqa: S603, S607
    except OSError as error:
        hint = "install git, or give a file"
        raise ContractError(f"git cannot be run: {error.strerror}", where, hint) from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise ContractError(f"{_WHAT[words[0]]}{f': {said}' if said else ''}", where, _HINTS[words[0]])
    return done.stdout
