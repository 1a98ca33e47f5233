#!/usr/bin/env bash
# Guess: readline(size) of wsgi.input gives at most size bytes, as of any file, and read(-1) the rest: readers of uploads
# count on the first, and the validator in wsgiref lets an application pass the size.
# Seen: granian 2.8.9 takes the size and gives the whole line, 100,000 bytes for 10; read(-1) raises OverflowError.
# gunicorn 27.0.1 does both.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check granian==2.8.9 gunicorn==27.0.1
cat >"$work/app.py" <<'APP'
def application(environ, start_response):
    body = environ["wsgi.input"]
    line = len(body.readline(10))
    try:
        rest = len(body.read(-1))
    except Exception as error:
        rest = type(error).__name__
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{line} {rest}".encode()]
APP
cd "$work"
ask() {
    # Start a server, send a line of 100,000 bytes and one of 6, and print what the application could read.
    local port
    port=$(env/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        granian) env/bin/granian --interface wsgi --port "$port" --no-log app:application & ;;
        gunicorn) env/bin/gunicorn --bind "127.0.0.1:$port" --log-level critical app:application & ;;
    esac
    server=$!
    env/bin/python - "$port" <<'ASK'
import sys, time, urllib.request
body = b"a" * 99999 + b"\n" + b"after\n"
for _ in range(100):
    try:
        print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", body, timeout=10).read().decode())
        break
    except OSError:
        time.sleep(0.1)
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen="gunicorn 27.0.1: $(ask gunicorn); granian 2.8.9: $(ask granian)"
echo "bytes by readline(10), then by read(-1): $seen"
[ "$seen" = "gunicorn 27.0.1: 10 99996; granian 2.8.9: 100000 OverflowError" ]
