#!/usr/bin/env bash
# Guess: what start_response returns can be called to write a part of the body, on each WSGI server: PEP 3333 demands it
# ("a server or gateway must support"), and older applications and frameworks use it.
# Seen: with granian 2.8.9, hypercorn 0.18.0, fastpysgi 0.6 and asgiref 3.13.0's WsgiToAsgi it is None. The application's
# call raises TypeError, and the client gets 500. gunicorn 27.0.1 and a2wsgi 1.10.10 send what is written.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check granian==2.8.9 hypercorn==0.18.0 fastpysgi==0.6 asgiref==3.13.0 \
    a2wsgi==1.10.10 gunicorn==27.0.1 uvicorn==0.54.0
cat >"$work/app.py" <<'APP'
from a2wsgi import WSGIMiddleware
from asgiref.wsgi import WsgiToAsgi


def application(environ, start_response):
    write = start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "7")])
    write(b"writ")
    return [b"ten"]


by_a2wsgi = WSGIMiddleware(application)
by_asgiref = WsgiToAsgi(application)
APP
cd "$work"
ask() {
    # Start a server, and print the status that a client gets.
    local port
    port=$(env/bin/python -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    case $1 in
        granian) env/bin/granian --interface wsgi --port "$port" --no-log app:application & ;;
        gunicorn) env/bin/gunicorn --bind "127.0.0.1:$port" --log-level critical app:application & ;;
        hypercorn) env/bin/hypercorn --bind "127.0.0.1:$port" wsgi:app:application & ;;
        fastpysgi) env/bin/python -c "import app, fastpysgi; fastpysgi.run(app.application, '127.0.0.1', $port)" & ;;
        *) env/bin/uvicorn --port "$port" --log-level critical --lifespan off "app:by_$1" & ;;
    esac >/dev/null 2>&1
    server=$!
    env/bin/python - "$port" <<'ASK'
import sys, time, urllib.error, urllib.request
for _ in range(100):
    try:
        print(urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/", timeout=10).read().decode())
        break
    except urllib.error.HTTPError as error:
        print(error.code)
        break
    except OSError:
        time.sleep(0.1)
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen=$(for name in gunicorn a2wsgi granian hypercorn fastpysgi asgiref; do echo "$name $(ask "$name")"; done | paste -sd,)
echo "an application that writes is answered by $seen"
[ "$seen" = "gunicorn written,a2wsgi written,granian 500,hypercorn 500,fastpysgi 500,asgiref 500" ]
