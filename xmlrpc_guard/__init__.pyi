from xmlrpc_guard.errors import ConfigurationError as ConfigurationError
from xmlrpc_guard.networks import Networks as Networks
from xmlrpc_guard.policy import Decision as Decision
from xmlrpc_guard.policy import Policy as Policy
from xmlrpc_guard.policy import Reason as Reason
from xmlrpc_guard.request import Request as Request
from xmlrpc_guard.settings import Settings as Settings
from xmlrpc_guard.wsgi import XMLRPCGuard as XMLRPCGuard

__all__ = ["ConfigurationError", "Decision", "Networks", "Policy", "Reason", "Request", "Settings", "XMLRPCGuard"]
