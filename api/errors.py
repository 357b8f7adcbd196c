"""Every exception that the API raises on purpose.

DiamondsApiError
├── ArtefactError
│   ├── ArtefactClassError
│   ├── ArtefactMismatchError
│   ├── ArtefactMissingError
│   ├── ArtefactUnreadableError
│   ├── ArtefactUntrustedError
│   └── ArtefactVersionError
├── ConversionError
├── CleanEnvironmentError
├── MonitoringWindowError
├── SettingsError
├── TrainingDataError
├── UntrustedTypesError
├── UnsoundPredictionError
├── NotReadyError
└── RequestRefusedError
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from api.problems import Fault


class DiamondsApiError(Exception):
    """Root of the API's exceptions."""


@dataclass(eq=False)
class ArtefactError(DiamondsApiError):
    """The artefact folder at `path` cannot be served, for `reason`."""

    path: Path
    reason: str
    remedy: str = "run `python -m api.train` to make it"

    def __str__(self) -> str:
        """Say what is wrong, where, and what to try next."""
        return f"{self.path}: {self.reason}; {self.remedy}"


class ArtefactMissingError(ArtefactError):
    """The model or its manifest is not there."""


class ArtefactMismatchError(ArtefactError):
    """The model is not the one that the manifest or the deployment names."""


class ArtefactVersionError(ArtefactError):
    """The model was trained with another Python or other libraries than are here."""


class ArtefactClassError(ArtefactError):
    """The model holds an object of a class that cannot be imported here."""


class ArtefactUntrustedError(ArtefactError):
    """The model holds an object of a type that nobody has allowed."""


class ArtefactUnreadableError(ArtefactError):
    """The manifest or the model is not what training writes."""


@dataclass(eq=False)
class UntrustedTypesError(DiamondsApiError):
    """The bytes of a model name `types` that are not trusted."""

    types: list[str]

    def __str__(self) -> str:
        """Say which types."""
        return f"holds types that are not trusted: {', '.join(self.types)}"


@dataclass(eq=False)
class ConversionError(DiamondsApiError):
    """The model cannot be written in the format `name`, for `reason`."""

    name: str
    reason: str

    def __str__(self) -> str:
        """Say what is wrong, and what to try next."""
        return f"no {self.name} file of this model: {self.reason}; train with `--format joblib`"


@dataclass(eq=False)
class CleanEnvironmentError(DiamondsApiError):
    """The environment in which an artefact should be verified cannot be made, for `reason`."""

    reason: str

    def __str__(self) -> str:
        """Say what is wrong, and what to try next."""
        return f"no clean environment: {self.reason}; `--here` verifies in this one"


@dataclass(eq=False)
class SettingsError(DiamondsApiError):
    """Settings in the environment that cannot be: what is wrong, by the name of the variable."""

    faults: dict[str, str]

    def __str__(self) -> str:
        """Say what is wrong, where, and what to try next; the values may be secret."""
        said = "; ".join(f"{name}: {fault}" for name, fault in self.faults.items())
        return f"{said}; see docs/serving.md for every setting"


@dataclass(eq=False)
class MonitoringWindowError(DiamondsApiError):
    """The rows that monitoring looks at have no room in `folder`: `size` bytes, for `reason`."""

    folder: Path
    size: int
    reason: str

    def __str__(self) -> str:
        """Say what is wrong, where, and what to try next."""
        return (
            f"DIAMONDS_MONITORING_WINDOW: its rows need {self.size} bytes in {self.folder}: {self.reason}; "
            "lower it, or make room there"
        )


@dataclass(eq=False)
class TrainingDataError(DiamondsApiError):
    """The committed data set at `path` is not the one that its README names."""

    path: Path
    found: str
    expected: str

    def __str__(self) -> str:
        """Say what is wrong, where, and what to try next."""
        return (
            f"{self.path}: sha256 {self.found}, expected {self.expected}; "
            "see api/data/README.md for how to make it again"
        )


@dataclass(eq=False)
class UnsoundPredictionError(DiamondsApiError):
    """The model failed, or answered what the response schema does not admit."""

    reason: str

    def __str__(self) -> str:
        """Say what the model did."""
        return f"unsound prediction: {self.reason}; see GET /readiness"


class NotReadyError(DiamondsApiError):
    """The model's last dummy prediction failed, so it is not served."""


@dataclass(eq=False)
class RequestRefusedError(DiamondsApiError):
    """The request breaks the contract in `faults`, and is answered `status`."""

    status: int
    faults: list[Fault] = field(default_factory=list)

    def __str__(self) -> str:
        """Say the status and the faults' locations."""
        where = ", ".join(f"{fault.part}{fault.pointer}" for fault in self.faults)
        return f"refused with {self.status}: {where}"
