"""The pytest plugin: one test for each obligation of a contract.

In a test module of yours::

    import prove400_pytest

    catalogue = prove400_pytest.Catalogue(target="api:create_app", contract="contracts/openapi.json")

Every obligation becomes an item whose name reads well, ``POST /predict › body/carat › maximum › ulp``, and can be
selected with ``-k``. ``--prove400-target URL`` points all of them at a running server. The engine is imported when the
first catalogue is collected, not before.
"""

from __future__ import annotations

import base64
import pickle
import zlib
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from prove400 import Case, Judged, Proof

REPORTS = ("json", "html")
"""Formats that a session writes into the reports folder unless told otherwise; the one to open comes last."""


class Catalogue:
    """Stands in a test module for all obligations of one contract on one target."""

    def __init__(self, target: Any, contract: str | None = None, **settings: Any) -> None:
        """Take what `prove400.prove` takes; a callable target without parameters is called when it is needed."""
        self.target, self.contract, self.settings = target, contract, settings

    @property
    def is_named(self) -> bool:
        """Whether other processes can find the target by what is given; an application object has no name there."""
        return isinstance(self.target, str)

    def arguments(self, config: pytest.Config) -> tuple[Any, str | None, dict[str, Any]]:
        """Give what `prove400.start` takes."""
        settings = dict(self.settings)
        if policies := config.getoption("prove400_policy"):
            given = settings.get("policy", ())
            settings["policy"] = [*([given] if isinstance(given, str) else given), *policies]
        return config.getoption("prove400_target") or self.target, self.contract, settings


class ObligationBrokenError(Exception):
    """An obligation that is not discharged; its text is what the terminal shows."""


class CatalogueCollector(pytest.Collector):
    """Collects the obligations of one catalogue."""

    def __init__(self, *, catalogue: Catalogue, **kwargs: Any) -> None:
        """Keep the catalogue for `collect`."""
        super().__init__(**kwargs)
        self.catalogue = catalogue

    def collect(self) -> Iterator[pytest.Item]:
        """Plan the contract and give one item for each obligation, in plan order.

        Raises pytest's `CollectError`, with our message, for a target or contract that cannot be used.
        """
        from prove400 import Prove400Error  # noqa: PLC0415 — the engine is imported only when it is used

        try:
            proof = _proof(self)
            cases = [case for case in proof.planned() if case.obligation.constraint.operation]
        except Prove400Error as error:
            raise self.CollectError(str(error)) from error
        for label, lost in proof.lost.items():
            yield LostItem.from_parent(self, name=f"{label} › not proven", lost=str(lost))
        for obligation, group in groupby(cases, key=lambda case: case.obligation):
            yield ObligationItem.from_parent(self, name=obligation.id, proof=proof, cases=list(group))
        model = ModelJudge(proof, [case for case in cases if case.side == "valid"])
        for obligation in proof.model_obligations:
            yield ModelItem.from_parent(self, name=obligation.id, model=model)


class ObligationItem(pytest.Item):
    """One obligation: sends its cases and fails where one is not discharged."""

    def __init__(self, *, proof: Proof, cases: list[Case], **kwargs: Any) -> None:
        """Keep the cases, which are few."""
        super().__init__(**kwargs)
        self.proof, self.cases = proof, cases

    def runtest(self) -> None:
        """Send every case, then fail with all that was broken; what the baseline accepts is an expected failure."""
        every = [self.proof.judge(case) for case in self.cases]
        _keep(self.config, self.proof, every)
        broken = [judged for judged in every if self.proof.gates(judged)]
        if broken:
            raise ObligationBrokenError("\n\n".join(_told(self.proof, judged) for judged in broken))
        _expect_known(self.proof, every)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the sentence and the reproducer instead of a traceback of ours."""
        return _shown(excinfo) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Give what the terminal writes above a failure."""
        return self.path, None, self.name


class LostItem(pytest.Item):
    """An operation that cannot be proven, since a schema of it cannot be used: fails, for nothing is shown of it."""

    def __init__(self, *, lost: str, **kwargs: Any) -> None:
        """Keep why."""
        super().__init__(**kwargs)
        self.lost = lost

    def runtest(self) -> None:
        """Fail with the reason."""
        raise ObligationBrokenError(self.lost)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the reason alone."""
        return _shown(excinfo) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Give what the terminal writes above the failure."""
        return self.path, None, self.name


class ModelJudge:
    """Judges the model once for all its items, when the first of them runs."""

    def __init__(self, proof: Proof, cases: list[Case]) -> None:
        """Take the proof, and the valid cases, whose answers show the model."""
        self.proof, self._cases = proof, cases
        self._judged: dict[str, Judged] | None = None

    def judged(self, name: str, config: pytest.Config) -> Judged | None:
        """Give the judged obligation of a name, or None where the answers do not decide it."""
        if self._judged is None:
            self.proof.observe(self._cases)
            self._judged = {judged.case.obligation.id: judged for judged in self.proof.judge_model()}
            _keep(config, self.proof, self._judged.values())
        return self._judged.get(name)


class ModelItem(pytest.Item):
    """One obligation of the model: fails where it is broken, and is skipped where nothing decides it."""

    def __init__(self, *, model: ModelJudge, **kwargs: Any) -> None:
        """Keep what judges all of them."""
        super().__init__(**kwargs)
        self.model = model

    def runtest(self) -> None:
        """Judge the model by what valid requests were answered."""
        judged = self.model.judged(self.name, self.config)
        if judged is None:
            pytest.skip("the valid requests do not decide it")
        if self.model.proof.gates(judged):
            raise ObligationBrokenError(_told(self.model.proof, judged))
        _expect_known(self.model.proof, [judged])

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Show the sentence and the reproducer instead of a traceback of ours."""
        return _shown(excinfo) or super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Give what the terminal writes above a failure."""
        return self.path, None, self.name


def _expect_known(proof: Proof, judged: list[Judged]) -> None:
    """End the test as an expected failure where the baseline accepts what one of the cases shows."""
    known = next(filter(None, map(proof.known, judged)), None)
    if known is not None:
        pytest.xfail(f"known until {known.expires}, {known.owner}: {known.reason}")


def _shown(excinfo: pytest.ExceptionInfo[BaseException]) -> str:
    """Give the text of a broken obligation; nothing for any other exception."""
    return str(excinfo.value) if isinstance(excinfo.value, ObligationBrokenError) else ""


def _told(proof: Proof, judged: Judged) -> str:
    from prove400.reporters import curl  # noqa: PLC0415 — the engine is imported only when it is used

    case, judgement = judged.case, judged.judgement
    beside = [name for name, _ in proof.settings.headers]
    line = curl(proof.redaction.request(case.request), "", beside=beside)
    message = proof.redaction.text(judgement.message)
    return f"{judgement.verdict}: {message}\n  {case.keyword_location}\n  {line}"


_PROOFS = pytest.StashKey[dict[int, "Proof"]]()
_NAMES = pytest.StashKey[dict[int, str]]()
_CATALOGUES = pytest.StashKey[dict[int, Catalogue]]()


def _proof(collector: CatalogueCollector) -> Proof:
    """Give the one proof of a catalogue, made at its first collection."""
    from prove400 import start  # noqa: PLC0415 — the engine is imported only when it is used

    proofs = collector.config.stash.setdefault(_PROOFS, {})
    catalogue = collector.catalogue
    if id(catalogue) not in proofs:
        target, contract, settings = catalogue.arguments(collector.config)
        proofs[id(catalogue)] = start(target, contract, **settings)
        collector.config.stash.setdefault(_CATALOGUES, {})[id(catalogue)] = catalogue
        names = collector.config.stash.setdefault(_NAMES, {})
        names[id(catalogue)] = _report_name(collector.name, set(names.values()))
    return proofs[id(catalogue)]


def _report_name(catalogue: str, taken: set[str]) -> str:
    """Give the name of a catalogue's reports: the first has the short one, others have their catalogue's in it."""
    if not taken:
        return "prove400"
    names = (f"prove400-{catalogue}{suffix}" for suffix in ("", *(f"-{n}" for n in range(2, len(taken) + 2))))
    return next(name for name in names if name not in taken)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options."""
    group = parser.getgroup("prove400", "proving a model API against its contract")
    group.addoption("--prove400-target", metavar="URL", help="prove this target instead of the one in the test module")
    group.addoption(
        "--prove400-policy",
        metavar="NAME",
        action="append",
        help="relax a rule on purpose, beside what the test module says; may be repeated",
    )
    group.addoption("--prove400-reports", metavar="FOLDER", default="reports", help="where reports go (reports)")
    group.addoption(
        "--prove400-report",
        metavar="FORMAT",
        action="append",
        help=f"write this format; may be repeated ({', '.join(REPORTS)})",
    )


def pytest_pycollect_makeitem(collector: pytest.Collector, name: str, obj: object) -> pytest.Collector | None:
    """Turn a `Catalogue` at module level into its obligations."""
    if isinstance(obj, Catalogue):
        return CatalogueCollector.from_parent(collector, name=name, catalogue=obj)
    return None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write the reports, and say where obligations were left out; a worker of pytest-xdist hands over what it saw."""
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput[_SEEN_BY_WORKER] = _handed_over(session.config)
        return
    folder = Path(session.config.getoption("prove400_reports"))
    written = session.config.stash.setdefault(_WRITTEN, [])
    proofs = session.config.stash.get(_PROOFS, {})
    names = session.config.stash.get(_NAMES, {})
    _put_together(session.config, proofs, names)
    wanted = session.config.getoption("prove400_report") or REPORTS
    for key, proof in proofs.items():
        if proof.sent:
            written.extend(_write_reports(proof, folder / names[key], wanted))
        proof.transport.close()


def _write_reports(proof: Proof, base: Path, wanted: Iterable[str]) -> list[Path]:
    """Write the reports of one catalogue; give their paths, which are `base` with the format's suffix."""
    from prove400.reporters import SUFFIXES, reporter  # noqa: PLC0415 — the engine is imported only when it is used

    left_out = proof.left_out
    if left_out:
        proof.note(f"{left_out} obligations were not selected or not reached", incomplete=True)
    proof.measure_damage()
    base.parent.mkdir(parents=True, exist_ok=True)
    run = proof.run()
    paths = {name: base.with_name(f"{base.name}.{SUFFIXES.get(name, name)}") for name in dict.fromkeys(wanted)}
    for name, path in paths.items():
        path.write_text(reporter(name)(run), encoding="utf-8", errors="backslashreplace")
    return list(paths.values())


_SEEN_BY_WORKER = "prove400"
"""Name under which a worker of pytest-xdist hands over what it saw."""
_KEPT = pytest.StashKey[dict[int, list["Judged"]]]()
_PARTS = pytest.StashKey[list[str]]()
_UNTOLD = pytest.StashKey[list[str]]()


def _keep(config: pytest.Config, proof: Proof, judged: Iterable[Judged]) -> None:
    """Keep what a worker of pytest-xdist judged; any other session has it in its proof."""
    if hasattr(config, "workeroutput"):
        config.stash.setdefault(_KEPT, {}).setdefault(id(proof), []).extend(judged)


def _handed_over(config: pytest.Config) -> str:
    """Give what a worker saw of each catalogue, as a text that travels; of a target without a name, nothing."""
    proofs, names = config.stash.get(_PROOFS, {}), config.stash.get(_NAMES, {})
    kept, catalogues = config.stash.get(_KEPT, {}), config.stash.get(_CATALOGUES, {})
    parts = {
        names[key]: (catalogues[key].arguments(config), kept.get(id(proof), []), proof.sent)
        if catalogues[key].is_named
        else (None, [], 0)
        for key, proof in proofs.items()
    }
    for proof in proofs.values():
        proof.transport.close()
    return base64.b64encode(zlib.compress(pickle.dumps(parts))).decode("ascii")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker of pytest-xdist hands over."""
    if text := getattr(node, "workeroutput", {}).get(_SEEN_BY_WORKER):
        node.config.stash.setdefault(_PARTS, []).append(text)


def _put_together(config: pytest.Config, proofs: dict[int, Proof], names: dict[int, str]) -> None:
    """Make one proof of each catalogue of what all workers saw."""
    from prove400 import start  # noqa: PLC0415 — the engine is imported only when it is used

    whole: dict[str, tuple[Any, list[Judged], int]] = {}
    for text in config.stash.get(_PARTS, []):
        parts = pickle.loads(zlib.decompress(base64.b64decode(text)))  # noqa: S301 — of our own processes
        for name, (arguments, judged, sent) in parts.items():
            _, before, count = whole.get(name, (None, [], 0))
            whole[name] = (arguments, before + judged, count + sent)
    for key, (name, (arguments, judged, sent)) in enumerate(sorted(whole.items())):
        if arguments is None:
            config.stash.setdefault(_UNTOLD, []).append(name)
            continue
        target, contract, settings = arguments
        proofs[-key - 1] = proof = start(target, contract, **settings)
        names[-key - 1] = name
        proof.absorb(judged, sent)


_WRITTEN = pytest.StashKey[list[Path]]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print where the reports are."""
    for path in config.stash.get(_WRITTEN, []):
        terminalreporter.write_line(f"prove400 report: {path}")
    for name in config.stash.get(_UNTOLD, []):
        why = "its target is an object, which the workers of pytest-xdist cannot share: name it as module:attr"
        terminalreporter.write_line(f"prove400 writes no report {name}: {why}")
