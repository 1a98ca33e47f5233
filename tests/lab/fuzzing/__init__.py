"""Fuzzing: for each thing that strangers or other programs write, a property that any bytes must keep."""
