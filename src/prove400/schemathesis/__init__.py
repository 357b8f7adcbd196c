"""An extension of Schemathesis: our oracle as its check, and our planned requests among its examples.

In `schemathesis.toml`::

    hooks = "prove400.schemathesis"
    continue-on-failure = true

    [checks.prove400]
    fail_on = "error"  # or "warning"

Every request of every phase must then get what the contract asks for: a structured 400 that names what is wrong, or an
answer inside its schema, judged on the bytes that were sent. With the `examples` phase our catalogue is sent as well.
"""

from __future__ import annotations

from typing import Any

import schemathesis
from schemathesis.core.failures import Failure

from prove400.contract import load
from prove400.engine import Examiner, Judged, fingerprint
from prove400.errors import ContractError, Prove400Error
from prove400.model import Severity, Verdict
from prove400.schemathesis.conversion import reply_of, request_of
from prove400.schemathesis.examples import examples

__all__ = ["UnprovenFailure", "before_add_examples", "prove400"]


class UnprovenFailure(Failure):
    """A reply that is not what the contract asks for; each broken constraint is a failure of its own.

    Schemathesis takes failures of one class and operation for one; ours are told apart by our fingerprint.
    """

    __slots__ = ("fingerprint",)
    kind_title = "Not as the contract asks"
    checks = ("prove400",)

    def __init__(self, judged: Judged) -> None:
        """Take what was judged."""
        constraint, verdict = judged.case.obligation.constraint, judged.judgement.verdict
        title = f"{verdict}: {constraint.label} › {constraint.keyword}"
        super().__init__(operation=constraint.operation, title=title, message=judged.judgement.message)
        self.fingerprint = fingerprint(constraint, verdict)

    @property
    def _unique_key(self) -> str:
        return self.fingerprint


@schemathesis.check
class prove400:  # noqa: N801 - its name in reports and settings
    """Judges each reply by the bytes of its request, and at the end names the operations that no request reached."""

    def __init__(self, fail_on: str = "error") -> None:
        """Take which findings fail: `error`, or `warning` for what standards only advise as well."""
        if fail_on not in set(Severity):
            raise ValueError(f"fail_on is {fail_on!r}, not one of: {', '.join(Severity)}")
        self._fail_on = Severity(fail_on)
        self._examiners: dict[int, tuple[Any, Examiner | None]] = {}
        self._asked: set[str] = set()

    def after_response(self, _ctx: Any, response: Any, case: Any) -> None:
        """Judge a reply; a request for no operation of the contract is left to other checks."""
        examiner = self._examiner(case.operation.schema)
        self._asked.add(case.operation.label)
        if examiner is None:
            return
        try:
            judged = examiner.judge(request_of(response.request), reply_of(response))
        except ContractError:
            return
        shown = judged.judgement.verdict not in (Verdict.DISCHARGED, Verdict.UNREACHABLE)  # 404 for a made-up name
        if shown and self._gates(judged):
            raise UnprovenFailure(judged)

    def after_run(self, _ctx: Any) -> None:
        """Fail where operations were selected and not asked: several workers lose some without a word."""
        for schema, _ in self._examiners.values():
            selected = {found.ok().label for found in schema.get_all_operations() if _is_ok(found)}
            if lost := sorted(selected - self._asked):
                raise AssertionError(f"no request was sent to: {', '.join(lost)}; run with --workers 1")

    def _gates(self, judged: Judged) -> bool:
        crashed = judged.judgement.verdict in (Verdict.SERVER_ERROR, Verdict.LEAKY)
        return crashed or self._fail_on is Severity.WARNING or judged.case.obligation.severity is Severity.ERROR

    def _examiner(self, schema: Any) -> Examiner | None:
        """Give the judge of a schema's contract; None where it is no OpenAPI 3."""
        if id(schema) not in self._examiners:
            try:
                found = Examiner(load(dict(schema.raw_schema)), search="schemathesis")
            except Prove400Error:
                found = None
            self._examiners[id(schema)] = schema, found  # which keeps the schema, and so its id
        return self._examiners[id(schema)][1]


def _is_ok(found: Any) -> bool:
    return hasattr(found, "ok")


@schemathesis.hook
def before_add_examples(context: Any, examples_: list[Any]) -> None:
    """Add our planned requests to the examples of an operation, as the bytes that they are."""
    examples_.extend(examples(context.operation))
