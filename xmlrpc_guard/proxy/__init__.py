"""In front of PHP: a reverse proxy that forwards requests as they came, alone or with a guard around it.

Under a server that takes a call for an application::

    gunicorn 'xmlrpc_guard.proxy:application("http://127.0.0.1:8080", allow="jetpack")'
"""

from xmlrpc_guard.proxy.application import application
from xmlrpc_guard.proxy.endpoint import DEFAULT_TIMEOUT
from xmlrpc_guard.proxy.reverse import ReverseProxy

__all__ = ["DEFAULT_TIMEOUT", "ReverseProxy", "application"]
