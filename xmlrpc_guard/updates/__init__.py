"""Keeping the lists that services publish: fetched, judged, and put in place of the old one in a single step."""
