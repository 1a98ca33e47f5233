"""Access logs as servers and networks write them: from a line, in bytes, to a request and what is not known of it."""

from xmlrpc_guard.logs.formats import AUTO, COMBINED, NAMES, SAMPLE, LogReader, Reader
from xmlrpc_guard.logs.logged import Logged, Readings

__all__ = ["AUTO", "COMBINED", "NAMES", "SAMPLE", "LogReader", "Logged", "Reader", "Readings"]
