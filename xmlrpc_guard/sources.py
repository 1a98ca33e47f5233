"""Address lists that change while a guard runs: read from files, never from the network.

``LivePolicy(policy, allow=[File("/etc/xmlrpc-guard/office.txt")])`` can be used wherever a Policy can.
"""

from xmlrpc_guard.errors import SourceError
from xmlrpc_guard.live.file import File
from xmlrpc_guard.live.policy import LivePolicy
from xmlrpc_guard.live.source import Reading, Source
from xmlrpc_guard.status import ListStatus

__all__ = ["File", "ListStatus", "LivePolicy", "Reading", "Source", "SourceError"]
