"""Numbers about a guard for monitoring: of one process, or summed over the processes of a server.

``numbers`` says what they are, ``reading`` where they are read, ``exposition`` writes them for Prometheus, and
``shared`` sums them over processes. The last two need prometheus_client, which is the extra ``metrics``.
"""
