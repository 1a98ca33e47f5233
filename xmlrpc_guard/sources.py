"""Address lists that change while a guard stands: read from files, never from the network.

``LivePolicy(policy, allow=[File("/etc/xmlrpc-guard/office.txt")])`` stands wherever a Policy does.
"""

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.live.file import File
from xmlrpc_guard.live.policy import ListStatus, LivePolicy
from xmlrpc_guard.live.source import Reading, Source

__all__ = ["File", "ListStatus", "LivePolicy", "Reading", "Source", "SourceError"]
