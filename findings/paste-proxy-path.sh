#!/usr/bin/env bash
# Guess: a WSGI proxy of some age sends a path on with the bytes that the client meant, and any method.
# Seen: Paste 3.10.1's Proxy encodes what is beyond ASCII twice on Python 3: /caf%C3%A9 arrives as /caf%C3%83%C2%A9, so
# that each such permalink is 404. WSGIProxy2 0.5.1 sends that path well, but answers PROPFIND by 405 itself, unless it is
# made with other allowed_methods. Both send /a%2Fb as /a/b where the server keeps no raw target.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check Paste==3.10.1 WSGIProxy2==0.5.1 WebOb==1.8.11 setuptools==65.5.0 legacy-cgi==2.6.4
seen=$("$work/env/bin/python" -W ignore - <<'TRY'
import http.server, threading
from paste.proxy import Proxy
from webob import Request
from wsgiproxy import HostProxy
class Echo(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        target = self.requestline.split()[1].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(target)))
        self.end_headers()
        self.wfile.write(target)
    do_PROPFIND = do_GET
    def log_message(self, *args): pass
server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
threading.Thread(target=server.serve_forever, daemon=True).start()
upstream = f"http://127.0.0.1:{server.server_port}"
for name, proxy in (("Paste", Proxy(upstream)), ("WSGIProxy2", HostProxy(upstream))):
    answers = [Request.blank(path, method=method).get_response(proxy) for method, path in
               (("GET", "/caf%C3%A9"), ("GET", "/a%2Fb"), ("PROPFIND", "/a"))]
    print(name, *(answer.text if answer.status_code == 200 else answer.status_code for answer in answers))
TRY
)
echo "/caf%C3%A9, /a%2Fb and PROPFIND /a by"
echo "$seen"
[ "$seen" = "Paste /caf%C3%83%C2%A9 /a/b /a
WSGIProxy2 /caf%C3%A9 /a/b 405" ]
