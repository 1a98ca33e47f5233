"""The application of ``described`` for ASGI servers."""

from typing import Any, cast

from a2wsgi import WSGIMiddleware

from tests.lab.described import application

asgi = WSGIMiddleware(cast(Any, application))  # which has types of its own for WSGI
