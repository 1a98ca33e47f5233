"""Address lists that change while a guard stands: read from files, never from the network.

``LivePolicy(policy, allow=[File("/etc/xmlrpc-guard/office.txt")])`` stands wherever a Policy does.
"""

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.sources.file import File
from xmlrpc_guard.sources.live import ListStatus, LivePolicy
from xmlrpc_guard.sources.source import Reading, Source

__all__ = ["File", "ListStatus", "LivePolicy", "Reading", "Source", "SourceError"]
