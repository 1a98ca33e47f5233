#!/usr/bin/env bash
# Guess: what Python's web servers write for each request is Apache's common or combined format, as it looks like it, so
# that a parser of that format reads it.
# Seen: apachelogs 0.6.1 reads no line of gevent 26.9.0 (another form of time, without a zone), of aiohttp-wsgi 0.10.0 (two
# columns are missing) and of twisted 26.10.0 (the address is in quotes). Those of hypercorn 0.18.0 it reads, but the address
# has a port, so that each connection counts as a client, and the request has lost its query, its escapes and "HTTP/".
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check gevent==26.9.0 hypercorn==0.18.0 twisted==26.10.0 aiohttp-wsgi==0.10.0 apachelogs==0.6.1
cat >"$work/app.py" <<'APP'
def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]
APP
cat >"$work/on.py" <<'ON'
import sys
import app
name, port = sys.argv[1], int(sys.argv[2])
if name == "gevent":
    from gevent.pywsgi import WSGIServer
    WSGIServer(("127.0.0.1", port), app.application).serve_forever()
else:
    from twisted.internet import reactor
    from twisted.web import server, wsgi
    resource = wsgi.WSGIResource(reactor, reactor.getThreadPool(), app.application)
    reactor.listenTCP(port, server.Site(resource, logPath="log"), interface="127.0.0.1")
    reactor.run()
ON
cat >"$work/ask.py" <<'ASK'
import http.client, sys, time
for _ in range(100):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10, source_address=("127.0.0.1", int(sys.argv[2])))
        connection.request("GET", "/a%20b?c=d", headers={"User-Agent": "probe"})
        connection.getresponse().read()
        break
    except OSError:
        time.sleep(0.1)
time.sleep(2)
ASK
cat >"$work/read.py" <<'READ'
import apachelogs
line = next(line for line in open("log") if "GET" in line).rstrip()
line = line.partition("[INFO] ")[2] or line
for format in (apachelogs.COMBINED, apachelogs.COMMON):
    try:
        entry = apachelogs.parse(format, line)
        print(entry.remote_host, "|", entry.request_line)
        break
    except apachelogs.InvalidEntryError:
        pass
else:
    print("not read")
READ
cd "$work"
ask() {
    # Start a server, ask it once, and print what the parser makes of its line.
    local port from
    read -r port from < <(env/bin/python -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in held))')
    : >log
    case $1 in
        hypercorn) env/bin/hypercorn --access-logfile - --bind "127.0.0.1:$port" wsgi:app:application & ;;
        aiohttp-wsgi) env/bin/aiohttp-wsgi-serve --host 127.0.0.1 --port "$port" app:application & ;;
        *) env/bin/python on.py "$1" "$port" & ;;
    esac >>log 2>&1
    server=$!
    env/bin/python ask.py "$port" "$from"
    kill "$server"
    wait "$server" 2>/dev/null || true
    env/bin/python read.py | sed "s/:$from/:PORT/"
}
seen=$(for name in gevent aiohttp-wsgi hypercorn twisted; do echo "$name: $(ask "$name")"; done)
echo "$seen"
[ "$seen" = 'gevent: not read
aiohttp-wsgi: not read
hypercorn: 127.0.0.1:PORT | GET /a b 1.1
twisted: not read' ]
