"""Address lists in files, followed while a guard runs; its public door is ``xmlrpc_guard.sources``."""
