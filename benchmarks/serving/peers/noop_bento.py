"""A BentoML service that reads nothing, and neither logs nor counts."""

from __future__ import annotations

import bentoml


@bentoml.service(workers=2, logging={"access": {"enabled": False}}, metrics={"enabled": False})
class Noop:
    """A service of one route."""

    @bentoml.api(route="/predict")
    async def predict(self) -> dict[str, str]:
        """Answer."""
        return {"status": "ok"}
