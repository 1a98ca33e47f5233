#!/usr/bin/env bash
# Guess: slowapi's get_ipaddr tells a proxy's clients apart by X-Forwarded-For, as its docstring has it.
# Seen: slowapi 0.1.10 never reads that field: as a limit's key_func it gives the proxy's own address for each client, and one
# client that is limited limits all.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check slowapi==0.1.10 starlette==1.10.0 uvicorn==0.54.0
cat >"$work/app.py" <<'APP'
from slowapi import Limiter, _rate_limit_exceeded_handler
from slowapi.errors import RateLimitExceeded
from slowapi.util import get_ipaddr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

limiter = Limiter(key_func=get_ipaddr)


@limiter.limit("1/day")
async def page(request: Request):
    return PlainTextResponse(get_ipaddr(request))


application = Starlette(routes=[Route("/", page)])
application.state.limiter = limiter
application.add_exception_handler(RateLimitExceeded, _rate_limit_exceeded_handler)
APP
port=$("$work/env/bin/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
"$work/env/bin/uvicorn" --app-dir "$work" --port "$port" --log-level critical --no-proxy-headers app:application &
server=$!
seen=$("$work/env/bin/python" - "$port" <<'ASK'
import http.client, sys, time

def ask(client):
    for _ in range(100):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
            connection.request("GET", "/", headers={"X-Forwarded-For": client})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        except OSError:
            time.sleep(0.1)

print(*ask("192.0.2.7"), *ask("198.51.100.9")[:1])
ASK
)
echo "of two clients, one request each: $seen"
[ "$seen" = "200 127.0.0.1 429" ]
