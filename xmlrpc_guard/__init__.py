"""Keep strangers away from WordPress' /xmlrpc.php, in front of any WSGI application.

>>> policy = Policy(allow=["192.0.64.0/18"])
>>> print(policy.decide(Request("/%78mlrpc.php", peer="203.0.113.9")))
deny 203.0.113.9: client is not in the allowlist
"""

from xmlrpc_guard.errors import ConfigurationError
from xmlrpc_guard.networks import Networks
from xmlrpc_guard.policy import Decision, Policy, Reason
from xmlrpc_guard.request import Request
from xmlrpc_guard.settings import Settings
from xmlrpc_guard.wsgi import XMLRPCGuard

__all__ = ["ConfigurationError", "Decision", "Networks", "Policy", "Reason", "Request", "Settings", "XMLRPCGuard"]
