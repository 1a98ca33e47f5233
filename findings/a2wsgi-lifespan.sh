#!/usr/bin/env bash
# Guess: an ASGI application that a2wsgi's ASGIMiddleware puts under a WSGI server is started first, as under an ASGI server:
# what its lifespan opens is there for each request.
# Seen: a2wsgi 1.10.10 never sends the lifespan events, and says nothing. A Starlette 1.10.0 application, so any of FastAPI
# too, answers without its start-up having run: what opens a database there has none, or fails at each request.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check a2wsgi==1.10.10 starlette==1.10.0 uvicorn==0.54.0 waitress==3.0.2
cat >"$work/app.py" <<'APP'
from contextlib import asynccontextmanager

from a2wsgi import ASGIMiddleware
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route


@asynccontextmanager
async def lifespan(app):
    yield {"database": "open"}


async def page(request):
    return PlainTextResponse("the database is " + getattr(request.state, "database", "not open"))


app = Starlette(routes=[Route("/", page)], lifespan=lifespan)
by_wsgi = ASGIMiddleware(app)
APP
cd "$work"
ask() {
    # Start a server, and print the page.
    local port
    port=$(env/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        uvicorn) env/bin/uvicorn --port "$port" --log-level critical app:app & ;;
        waitress) env/bin/waitress-serve --listen="127.0.0.1:$port" app:by_wsgi >/dev/null 2>&1 & ;;
    esac
    server=$!
    env/bin/python - "$port" <<'ASK'
import sys, time, urllib.request
for _ in range(100):
    try:
        print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=10).read().decode())
        break
    except OSError:
        time.sleep(0.1)
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen="uvicorn: $(ask uvicorn); waitress and a2wsgi: $(ask waitress)"
echo "$seen"
[ "$seen" = "uvicorn: the database is open; waitress and a2wsgi: the database is not open" ]
