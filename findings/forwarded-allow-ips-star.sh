#!/usr/bin/env bash
# Guess: gunicorn and uvicorn, which read the same variable FORWARDED_ALLOW_IPS, read the same in it: a star in a list of
# addresses means any peer.
# Seen: with "10.0.0.1, *", gunicorn 27.0.0 trusts any peer's X-Forwarded-Proto, and uvicorn 0.54.0 no one's but
# 10.0.0.1's, since only a star alone is any peer to it, and any other one the name of a host. A site that moves from one
# to the other behind its proxy gets http for https, and redirects for ever. A star alone is read alike.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check gunicorn==27.0.0 uvicorn==0.54.0
cat >"$work/app.py" <<'APP'
def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.url_scheme"].encode()]


async def asgi(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": scope["scheme"].encode()})
APP
ask() {
    # Start a server with this value of the variable, send a request through "a proxy", and print the scheme.
    local port
    port=$("$work/env/bin/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        gunicorn) FORWARDED_ALLOW_IPS=$2 "$work/env/bin/gunicorn" --chdir "$work" --bind "127.0.0.1:$port" --log-level critical app:wsgi & ;;
        uvicorn) FORWARDED_ALLOW_IPS=$2 "$work/env/bin/uvicorn" --app-dir "$work" --port "$port" --log-level critical --lifespan off app:asgi & ;;
    esac
    server=$!
    "$work/env/bin/python" - "$port" <<'ASK'
import http.client, sys, time
for _ in range(100):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
        connection.request("GET", "/", headers={"X-Forwarded-Proto": "https"})
        print(connection.getresponse().read().decode())
        break
    except OSError:
        time.sleep(0.1)
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen="$(ask gunicorn '*') $(ask uvicorn '*') $(ask gunicorn '10.0.0.1, *') $(ask uvicorn '10.0.0.1, *')"
echo "a star alone, gunicorn and uvicorn; a star in a list, gunicorn and uvicorn: $seen"
[ "$seen" = "https https https http" ]
