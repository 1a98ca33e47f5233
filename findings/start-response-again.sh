#!/usr/bin/env bash
# Guess: an application that meets an error before its first block may call start_response again, with exc_info: the new
# status and fields then replace the old ones, as PEP 3333 has it, on each server.
# Seen: gunicorn 27.0.1 and cheroot 11.1.2 take the new status, and send the fields of both calls: two Content-Type lines.
# a2wsgi 1.10.10 drops the second call: the page of the error goes out as 200, with the first fields, and no monitor sees
# it. waitress 3.0.2 replaces.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check gunicorn==27.0.1 cheroot==11.1.2 a2wsgi==1.10.10 uvicorn==0.54.0 waitress==3.0.2
cat >"$work/app.py" <<'APP'
import sys

from a2wsgi import WSGIMiddleware


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/html")])
    try:
        raise LookupError("before the first block")
    except LookupError:
        start_response("500 Error", [("Content-Type", "text/plain")], sys.exc_info())
        return [b"error\n"]


by_a2wsgi = WSGIMiddleware(application)
APP
cd "$work"
ask() {
    # Start a server, and print the status and the content types that a client gets.
    local port
    port=$(env/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        waitress) env/bin/waitress-serve --listen="127.0.0.1:$port" app:application & ;;
        gunicorn) env/bin/gunicorn --bind "127.0.0.1:$port" --log-level critical app:application & ;;
        cheroot) PYTHONPATH=. env/bin/cheroot --bind "127.0.0.1:$port" app:application & ;;
        a2wsgi) env/bin/uvicorn --port "$port" --log-level critical --lifespan off app:by_a2wsgi & ;;
    esac >/dev/null 2>&1
    server=$!
    env/bin/python - "$port" <<'ASK'
import http.client, sys, time
for _ in range(100):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
        connection.request("GET", "/")
        answer = connection.getresponse()
        print(answer.status, *answer.headers.get_all("Content-Type"))
        break
    except OSError:
        time.sleep(0.1)
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen=$(for name in waitress gunicorn cheroot a2wsgi; do echo "$name $(ask "$name")"; done | paste -sd,)
echo "the second start_response by $seen"
[ "$seen" = "waitress 500 text/plain,gunicorn 500 text/html text/plain,cheroot 500 text/html text/plain,a2wsgi 200 text/html" ]
