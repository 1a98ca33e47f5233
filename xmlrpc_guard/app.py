"""The WSGI application that a file and the environment describe, for any server: ``gunicorn xmlrpc_guard.app``.

It is made when this module is imported, once in each process that imports it, from the file that
``XMLRPC_GUARD_CONFIG`` names and the other ``XMLRPC_GUARD_`` variables. What cannot be used raises ConfigurationError,
and the server does not start. ``listen``, ``threads``, ``log_level``, ``log_format`` and ``access_log`` are for the
command ``serve``: here the server has its own.
"""

import os

from xmlrpc_guard.configured import make_guard, show_status
from xmlrpc_guard.settings.configuration import read_configuration
from xmlrpc_guard.wsgi import XMLRPCGuard

_configuration = read_configuration({}, os.environ)
application: XMLRPCGuard = make_guard(_configuration)
"""A guard around the configured application, or around a proxy to the configured upstream."""

app: XMLRPCGuard = application
"""The same, by the name that granian looks for; gunicorn, uWSGI and mod_wsgi look for the other."""

show_status(_configuration, application)
