"""Serve a WSGI application with waitress, strictly; without click. The command ``xmlrpc-guard serve`` calls this.

waitress is part of the extra ``cli``. ``server`` and ``strict`` import it; ``application`` and ``demo`` do not.
"""
