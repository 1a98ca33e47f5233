"""The check of one's own site from outside: which spellings of its XML-RPC endpoint get an answer from it?"""
