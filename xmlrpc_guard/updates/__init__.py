"""Keeping the lists that services publish: downloaded, checked, and put in place of the old file in a single step."""
