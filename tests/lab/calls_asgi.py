"""A guard with public methods as an ASGI application."""

from typing import Any, cast

from a2wsgi import WSGIMiddleware

from tests.apps import calls

asgi = WSGIMiddleware(cast(Any, calls))  # which has types of its own for WSGI
