#!/usr/bin/env bash
# Guess: a rate limit by address counts two IPv4 clients apart, also on a socket for both families, where each has the
# IPv4-mapped address that RFC 4291 section 2.5.5.2 gives it.
# Seen: django-ratelimit 4.1.0 cuts each address with a colon to its first 64 bits (RATELIMIT_IPV6_MASK), and those of
# ::ffff:192.0.2.7 are zeros: all IPv4 clients have the key "::", so that one who is limited limits all. gunicorn 27.0.1
# names them so on a socket like [::]:8000. django-fast-ratelimit 9.1.2 counts them apart.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check django==5.2.19 django-ratelimit==4.1.0 django-fast-ratelimit==9.1.2 gunicorn==27.0.1
cat >"$work/site_.py" <<'SITE'
import django
import django_fast_ratelimit
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import path
from django_ratelimit.core import is_ratelimited

cache = {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", CACHES={"default": cache}, MIDDLEWARE=[])
django.setup()


def first(request):
    limited = is_ratelimited(request, group="first", key="ip", rate="1/d", increment=True)
    return HttpResponse("limited" if limited else "welcome")


def second(request):
    usage = django_fast_ratelimit.get_ratelimit(request=request, group="second", key="ip", rate="1/d", action=django_fast_ratelimit.Action.INCREASE)
    return HttpResponse("limited" if usage.request_limit else "welcome")


urlpatterns = [
    path("first", first),
    path("second", second),
    path("address", lambda request: HttpResponse(request.META["REMOTE_ADDR"])),
]
application = get_wsgi_application()
SITE
port=$("$work/env/bin/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
# A socket of IPv6 at IPv4's loopback: what [::] does, for no one beyond this machine.
"$work/env/bin/gunicorn" --chdir "$work" --bind "[::ffff:127.0.0.1]:$port" --log-level critical site_ &
server=$!
seen=$("$work/env/bin/python" - "$port" <<'ASK'
import http.client, sys, time

def ask(path, client):
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10, source_address=(client, 0))
            connection.request("GET", path)
            return connection.getresponse().read().decode()
        except OSError:
            time.sleep(0.1)

for path in ("/address", "/first", "/second"):
    print(path, ask(path, "127.0.0.2"), ask(path, "127.0.0.3"))
ASK
)
echo "two IPv4 clients, one request each:"
echo "$seen"
[ "$seen" = "/address ::ffff:127.0.0.2 ::ffff:127.0.0.3
/first welcome limited
/second welcome welcome" ]
