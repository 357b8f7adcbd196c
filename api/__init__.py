"""The reference model API: prices of diamonds, with a contract it keeps.

`create_app` is what a WSGI server needs: `gunicorn 'api:create_app()'`. It is imported when it is
asked for, so that training and verifying an artefact need no web framework.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from api.app import create_app

__all__ = ["create_app"]


def __getattr__(name: str) -> Any:
    """Import `create_app` (PEP 562)."""
    if name not in __all__:
        raise AttributeError(name)
    from api.app import create_app  # noqa: PLC0415 - what the docstring says

    return create_app
