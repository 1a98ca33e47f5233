"""For your own tests: request targets to try, environs as real servers fill them, and whether a guard refuses.

>>> import webob
>>> from xmlrpc_guard import Policy, XMLRPCGuard
>>> guard = XMLRPCGuard(webob.Response("ok"), Policy(allow=["192.0.64.0/18"]))
>>> all(blocks(guard, spelling) for spelling in SPELLINGS)
True
>>> any(blocks(guard, path) for path in ORDINARY)
False
"""

from xmlrpc_guard.corpus import every_spelling
from xmlrpc_guard.corpus.spellings import EXTENSIONLESS, ORDINARY, SPELLINGS, Spelling
from xmlrpc_guard.testing.calls import make_call, make_multicall
from xmlrpc_guard.testing.environs import SERVERS, TargetRefused, environ_as
from xmlrpc_guard.testing.refusals import STRANGER, blocks, blocks_call

__all__ = [
    "EXTENSIONLESS",
    "ORDINARY",
    "SERVERS",
    "SPELLINGS",
    "STRANGER",
    "Spelling",
    "TargetRefused",
    "blocks",
    "blocks_call",
    "environ_as",
    "every_spelling",
    "make_call",
    "make_multicall",
]
