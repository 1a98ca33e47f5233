"""The exit statuses of the commands; docs/reference/commands.md has the table of what each command means by them."""

ALLOWED = 0
"""Yes, or done."""
REFUSED = 1
"""No: a request is denied, two lists differ, a list is refused, or there is a doubt and it counts."""
UNUSABLE = 2
"""Settings or arguments that cannot be used, and output that cannot be written."""
INTERRUPTED = 130
"""Ended by Ctrl-C."""
