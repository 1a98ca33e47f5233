"""Numbers about a guard for monitoring: of one process, or summed over the processes of a server.

``numbers`` says what they are, and ``exposition`` writes them for Prometheus by prometheus_client, the extra
``metrics``.
"""
