#!/usr/bin/env bash
# Guess: what reads a client from X-Forwarded-For takes "192.0.2.7:4711" and "[2001:db8::7]:4711", which Azure's Application
# Gateway and IIS' Application Request Routing write, for these clients, or hands on the text.
# Seen: tornado 6.6.1 with xheaders, get-client-ip 3.0.4 and ipware 2.0.0 of npm name the proxy instead, for each client, and
# request-ip 3.3.0 does for those of IPv6: a limit or a ban of one is one of all. uvicorn 0.54.0 and python-ipware 4.1.1 read
# both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check tornado==6.6.1 uvicorn==0.54.0 python-ipware==4.1.1
npm install --silent --no-audit --no-fund --prefix "$work" request-ip@3.3.0 get-client-ip@3.0.4 ipware@2.0.0 >"$work/log"
cat >"$work/read.py" <<'READ'
import asyncio, socket, sys
from python_ipware import IpWare
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware


class Page(RequestHandler):
    def get(self):
        self.write(self.request.remote_ip)


async def tornado(text):
    server = HTTPServer(Application([("/", Page)]), xheaders=True)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)
    server.add_socket(listening)
    answer = await AsyncHTTPClient().fetch(f"http://127.0.0.1:{listening.getsockname()[1]}/", headers={"X-Forwarded-For": text})
    server.stop()
    return answer.body.decode()


async def uvicorn(text):
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["client"][0])

    scope = {"type": "http", "scheme": "http", "client": ("127.0.0.1", 1), "headers": [(b"x-forwarded-for", text.encode())]}
    await ProxyHeadersMiddleware(application, "127.0.0.1")(scope, None, None)
    return seen[0]


async def ipware(text):
    return IpWare().get_client_ip({"HTTP_X_FORWARDED_FOR": text, "REMOTE_ADDR": "127.0.0.1"})[0]


async def main():
    for read in (tornado, uvicorn, ipware):
        print("python-ipware" if read is ipware else read.__name__, *[await read(text) for text in sys.argv[1:]])


asyncio.run(main())
READ
cat >"$work/read.mjs" <<'READ'
import {getClientIp} from "get-client-ip";
import ipware from "ipware";
import requestIp from "request-ip";
const ask = text => ({headers: {"x-forwarded-for": text}, connection: {remoteAddress: "127.0.0.1"}, socket: {remoteAddress: "127.0.0.1"}});
const readers = {
    "request-ip": request => requestIp.getClientIp(request),
    "get-client-ip": request => getClientIp(request),
    ipware: request => { ipware().get_ip(request); return request.clientIp; },
};
for (const [name, read] of Object.entries(readers)) console.log(name, ...process.argv.slice(2).map(text => read(ask(text))));
READ
texts=(192.0.2.7 192.0.2.7:4711 '[2001:db8::7]:4711')
seen=$("$work/env/bin/python" "$work/read.py" "${texts[@]}"; node "$work/read.mjs" "${texts[@]}")
echo "given: ${texts[*]}, from a proxy at 127.0.0.1"
echo "$seen"
[ "$seen" = "tornado 192.0.2.7 127.0.0.1 127.0.0.1
uvicorn 192.0.2.7 192.0.2.7 2001:db8::7
python-ipware 192.0.2.7 192.0.2.7 2001:db8::7
request-ip 192.0.2.7 192.0.2.7 127.0.0.1
get-client-ip 192.0.2.7 127.0.0.1 127.0.0.1
ipware 192.0.2.7 127.0.0.1 127.0.0.1" ]
