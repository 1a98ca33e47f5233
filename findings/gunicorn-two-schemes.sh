#!/usr/bin/env bash
# Guess: two lines of X-Forwarded-Proto are a list, as RFC 9110 section 5.3 has it of any field: gunicorn takes one of
# them, or joins them, and the application is called.
# Seen: gunicorn 27.0.0 answers 400 by itself if one line says https and the other http, from a peer in its
# forwarded_allow_ips (127.0.0.1 by default). A front that adds its own line to the one of a front before it takes the
# site down. Two lines that agree, or forwarded_allow_ips = "", pass.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check gunicorn==27.0.0
cat >"$work/app.py" <<'APP'
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [environ["wsgi.url_scheme"].encode()]
APP
ask() {
    # Start gunicorn with these options, send two lines, and print the status.
    local port options=$1 first=$2 second=$3
    port=$("$work/env/bin/python" -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$work/env/bin/gunicorn" --chdir "$work" --bind "127.0.0.1:$port" --log-level critical $options app:application &
    server=$!
    "$work/env/bin/python" - "$port" "$first" "$second" <<'ASK'
import http.client, sys, time
port, *schemes = sys.argv[1:]
for _ in range(100):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=10)
        connection.putrequest("GET", "/")
        for scheme in schemes:
            connection.putheader("X-Forwarded-Proto", scheme)
        connection.endheaders()
        print(connection.getresponse().status)
        break
    except OSError:
        time.sleep(0.1)
ASK
    kill "$server"
    wait "$server" 2>/dev/null || true
}
seen="$(ask '' https http) $(ask '' https https) $(ask '--forwarded-allow-ips=' https http)"
echo "gunicorn 27.0.0: https and http, https twice, https and http with no trusted peer: $seen"
[ "$seen" = "400 200 200" ]
