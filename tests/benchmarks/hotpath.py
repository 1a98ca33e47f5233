"""What the guard costs a request, as ratios to named peers timed in the same run.

    python -m tests.benchmarks.hotpath [--requests 5000] [--rounds 25]

Every request has fresh strings and its own path; the contenders of a row take turns, and each is represented by
its fastest round. Times differ between machines and minutes; the ratios are what is to be compared.
"""

import argparse
import gc
import os
import random
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any
from urllib.parse import quote

import netaddr
import webob
import webob.exc
from werkzeug.middleware.proxy_fix import ProxyFix

from tests.benchmarks.contenders import Environ, Naive, Passing, inner
from xmlrpc_guard import Networks, Policy, XMLRPCGuard
from xmlrpc_guard.client import TrustedProxies, client_address
from xmlrpc_guard.wsgi import logger
