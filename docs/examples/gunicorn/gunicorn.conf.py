import logging

logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
logging.getLogger("xmlrpc_guard").setLevel(logging.INFO)  # also when a list has changed
bind = "127.0.0.1:8000"
workers, threads = 2, 8
limit_request_line = 8190  # the default refuses targets over 4,094 bytes, which WordPress makes
forwarded_allow_ips = ""  # or gunicorn trusts X-Forwarded-Proto from this machine
