"""Mutation testing of what decides: every mutant is killed by a test, or listed with the reason why none can.

mutmut 3.8 changes functions only (no table and no regular expression of a module), cosmic-ray 8.7 starts a process for
each mutant and changes no text. So this is an own runner; ``python -m tests.lab.mutation --help`` says how it is used.
"""
