"""The rules that findings come from, in words: slug → what it says, why that matters, and what to do."""

from __future__ import annotations

from dataclasses import dataclass

from prove400.model import Finding


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its slug is the `ruleId` of SARIF, the `check_name` of GitLab and the anchor of the documentation."""

    slug: str
    said: str  # in one sentence
    matters: str  # why, and what to do

    @property
    def anchor(self) -> str:
        """Anchor in the documentation."""
        return "rule-" + self.slug.replace(".", "-")


_ALL = (
    Rule(
        "silent-200",
        "An invalid request was answered as if it were valid.",
        "The model computed on input that the contract rules out: nobody notices, and every decision based on the "
        "answer is wrong. Validate what comes in before it is converted, and refuse it with a structured 400.",
    ),
    Rule(
        "server-error",
        "A request made the server fail with a 5xx.",
        "A 5xx says that the fault is the server's own (RFC 9110 section 15.6): callers retry, and alarms ring. Check "
        "the input before it reaches the code that fails.",
    ),
    Rule(
        "dropped",
        "The server dropped the connection, or the application raised.",
        "A caller learns nothing, and a worker may have died. Catch the fault, and answer with a structured error.",
    ),
    Rule(
        "over-rejected",
        "A request that the contract admits was refused.",
        "Callers that follow the contract lose their predictions. Relax the check, or tighten the contract.",
    ),
    Rule(
        "bad-response",
        "An answer breaks the response schema, or is not strict JSON.",
        "Callers that follow the contract cannot read it: NaN and Infinity are no JSON (RFC 8259 section 6). Mend the "
        "answer, or the response schema.",
    ),
    Rule(
        "leaky",
        "An answer shows a traceback, a path or source.",
        "It tells an attacker how the server is made. Answer with a structured error, and write the details to a log.",
    ),
    Rule(
        "wrong-status",
        "An invalid request was refused with another status than the contract's.",
        "Callers and gateways act on the status. Answer with the one that the contract documents for invalid input.",
    ),
    Rule(
        "missing-allow",
        "A 405 does not list the methods that are allowed.",
        "RFC 9110 section 15.5.6 requires the header field Allow. Add it.",
    ),
    Rule(
        "unstructured",
        "An invalid request was refused with a body that no program can read.",
        "Callers cannot tell what was wrong. Answer with the error media type and schema of the contract.",
    ),
    Rule(
        "misattributed",
        "A structured error does not name the place that is wrong.",
        "Callers are sent to the wrong field. Name the violated location: by JSON Pointer, path or parameter name.",
    ),
    Rule(
        "unstable",
        "The same bytes got different verdicts.",
        "What is refused once and admitted once depends on hidden state. Look for caches, races and partial start-up.",
    ),
    Rule(
        "model.finite",
        "A prediction is not finite.",
        "NaN and infinities spread through every sum that uses them. Refuse to answer where the model gives none.",
    ),
    Rule(
        "model.constant",
        "Different valid inputs all got the same prediction.",
        "The input does not reach the model, or a fallback answers in its place.",
    ),
    Rule(
        "model.repeatable",
        "Equal requests got different predictions.",
        "A decision cannot be explained or repeated. Look for randomness, caches and several model versions at once.",
    ),
    Rule(
        "model.probabilities",
        "Probabilities are outside of [0, 1], or do not sum to 1.",
        "Callers that weigh with them compute nonsense. Look at what the model gives, and at rounding.",
    ),
    Rule(
        "model.first-request",
        "The first prediction took far longer than the others.",
        "The model is loaded by a caller's request. Load it before the service says that it is ready.",
    ),
    Rule(
        "model.version",
        "Answers of one run name different model versions.",
        "Two models answer at once, and equal requests may get different predictions.",
    ),
    Rule(
        "model.readiness",
        "The service said that it was ready, and did not predict.",
        "Traffic is sent to it too early. Answer the readiness probe by whether a prediction can be made.",
    ),
    Rule(
        "model.concurrent",
        "Under load a request was answered otherwise than alone.",
        "Requests see one another's data, or time out. Look for shared state in the model and in its preprocessing.",
    ),
)
RULES = {rule.slug: rule for rule in _ALL}
"""Slug → rule."""


def rule_of(finding: Finding) -> Rule:
    """Give the rule of a finding; one of another tool's is told by its verdict."""
    other = Rule(finding.rule, f"A reply is {finding.verdict}.", "See the finding's message.")
    return RULES.get(finding.rule, other)
