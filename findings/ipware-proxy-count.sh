#!/usr/bin/env bash
# Guess: behind one proxy, which appends its client to X-Forwarded-For as nginx does, a count of one proxy names that client;
# so does a list of proxies with the address that connects.
# Seen: python-ipware 4.1.1 and django-ipware 8.0.0 find no client for anyone, and raise nothing: they count the proxies that
# stand in the header, and the one that connects never does. It is proxy_count=0 that is right, and proxy_list is never held
# against REMOTE_ADDR. With 1, Django REST framework 3.18.3, Werkzeug 3.1.9, django-xff 1.5.0 and hypercorn 0.18.0 name it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check python-ipware==4.1.1 django-ipware==8.0.0 django==5.2.19 \
    djangorestframework==3.18.3 django-xff==1.5.0 werkzeug==3.1.9 hypercorn==0.18.0
seen=$("$work/env/bin/python" -W ignore - <<'TRY'
import asyncio
import django
from django.conf import settings

settings.configure(ALLOWED_HOSTS=["*"], REST_FRAMEWORK={"NUM_PROXIES": 1}, XFF_TRUSTED_PROXY_DEPTH=1)
django.setup()
from django.test import RequestFactory
from hypercorn.middleware import ProxyFixMiddleware
from ipware import get_client_ip
from python_ipware import IpWare
from rest_framework.throttling import SimpleRateThrottle
from werkzeug.middleware.proxy_fix import ProxyFix
from xff.middleware import XForwardedForMiddleware

CLIENT, PROXY = "9.9.9.9", "10.0.0.5"


class Throttle(SimpleRateThrottle):
    rate = "1/day"


def request():
    return RequestFactory().get("/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=CLIENT)


def ipware(**settings):
    return IpWare(**settings).get_client_ip(request().META)[0]


def werkzeug():
    environ = request().environ
    return ProxyFix(lambda environ, start_response: environ["REMOTE_ADDR"], x_for=1)(environ, None)


def xff():
    asked = request()
    XForwardedForMiddleware(lambda request: None)(asked)
    return asked.META["REMOTE_ADDR"]


def hypercorn():
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["client"][0])

    scope = {"type": "http", "scheme": "http", "client": (PROXY, 1), "headers": [(b"x-forwarded-for", CLIENT.encode())]}
    asyncio.run(ProxyFixMiddleware(application, mode="legacy", trusted_hops=1)(scope, None, None))
    return seen[0]


print("python-ipware", ipware(proxy_count=1), ipware(proxy_list=[PROXY]), ipware(proxy_count=0))
print("django-ipware", *(get_client_ip(request(), **settings)[0] for settings in ({"proxy_count": 1}, {"proxy_trusted_ips": [PROXY]}, {"proxy_count": 0})))
print("others", Throttle().get_ident(request()), werkzeug(), xff(), hypercorn())
TRY
)
echo "the client of 'X-Forwarded-For: 9.9.9.9' from 10.0.0.5, by a count of 1, a list with 10.0.0.5, a count of 0; others by 1:"
echo "$seen"
[ "$seen" = "python-ipware None None 9.9.9.9
django-ipware None None 9.9.9.9
others 9.9.9.9 9.9.9.9 9.9.9.9 9.9.9.9" ]
