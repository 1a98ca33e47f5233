"""What tests.benchmarks.servers has the servers serve. Importing it switches the log of refusals off."""

from tests.benchmarks.contenders import guard, inner, refuse
from xmlrpc_guard.records import logger

logger.disabled = True

unguarded = inner
guarded = guard(inner)
refusing = refuse
