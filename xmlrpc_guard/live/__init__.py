"""Address lists in files, followed while a guard runs. The public names are in ``xmlrpc_guard.sources``."""
