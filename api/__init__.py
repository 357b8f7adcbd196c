"""The reference model API: prices of diamonds, with a contract it keeps.

`create_app` is what a WSGI server needs: `gunicorn 'api:create_app()'`.
"""

from api.app import create_app

__all__ = ["create_app"]
