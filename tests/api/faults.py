"""What docs/debugging.md needs: `python -m tests.api.faults bodies|constant|nan|upgraded FOLDER`.

`bodies` writes requests; each other name an artefact with a fault.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.dummy import DummyRegressor

from api import artefact
from api.formats.joblib import dump

PRICES = {"constant": 3933.0, "nan": np.nan}


def bodies(folder: Path) -> None:
    """Write one sample, one typical diamond, and the longest batch."""
    manifest = artefact.read_manifest(artefact.default_folder())
    rows = {
        "one": manifest.samples[0],
        "typical": {feature.name: feature.typical for feature in manifest.features},
        "batch": {"instances": [manifest.samples[number % len(manifest.samples)] for number in range(64)]},
    }
    for name, row in rows.items():
        (folder / f"{name}.json").write_text(json.dumps(row))


def write(fault: str, folder: Path) -> None:
    """Write the default artefact with a model that knows one price, or none, or as an older Python trained it."""
    sound = artefact.load(artefact.default_folder())
    manifest, model = sound.manifest, sound.model.model
    if fault in PRICES:
        model = DummyRegressor(strategy="constant", constant=1.0).fit([[0.0]], [1.0])
        model.constant_ = np.full((1, 1), PRICES[fault])
    else:
        manifest = manifest.model_copy(update={"versions": manifest.versions | {"python": "3.10.13"}})
    raw = dump(model)
    pinned = {"sha256": hashlib.sha256(raw).hexdigest(), "others": []}
    artefact.save(folder, {"joblib": raw}, manifest.model_copy(update=pinned))


if __name__ == "__main__":
    wanted, place = sys.argv[1], Path(sys.argv[2])
    if wanted == "bodies":
        bodies(place)
    else:
        write(wanted, place)
