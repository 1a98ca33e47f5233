#!/usr/bin/env bash
# Guess: a WSGI application that is a generator, and so calls start_response when its first block is asked for, is answered
# with the status and the fields that it gives: PEP 3333 forbids a server to assume that the call comes before.
# Seen: granian 2.8.9 has made up "200 OK" without fields by then. A 404 arrives as 200, a redirect without its Location,
# and nothing is logged. gunicorn 27.0.1 answers as the application says.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check granian==2.8.9 gunicorn==27.0.1
cat >"$work/app.py" <<'APP'
def application(environ, start_response):
    start_response("302 Found", [("Content-Type", "text/plain"), ("Location", "/elsewhere")])
    yield b"moved\n"
APP
cd "$work"
ask() {
    # Start a server, and print the status and the Location that a client gets.
    local port
    port=$(env/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        granian) env/bin/granian --interface wsgi --port "$port" --no-log app:application & ;;
        gunicorn) env/bin/gunicorn --bind "127.0.0.1:$port" --log-level critical app:application & ;;
    esac
    server=$!
    env/bin/python - "$port" <<'ASK'
import http.client, sys, time
for _ in range(100):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
        connection.request("GET", "/")
        answer = connection.getresponse()
        print(answer.status, answer.getheader("Location"), answer.read().decode().strip())
        break
    except OSError:
        time.sleep(0.1)
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen="gunicorn 27.0.1: $(ask gunicorn); granian 2.8.9: $(ask granian)"
echo "$seen"
[ "$seen" = "gunicorn 27.0.1: 302 /elsewhere moved; granian 2.8.9: 200 None moved" ]
