#!/usr/bin/env bash
# Guess: WordPress Playground's server decodes a path once, as RFC 3986 section 2.4 has it and every other PHP server
# does, and //hello.txt names a file of the site.
# Seen: @wp-playground/cli 3.1.56 decodes twice, so that /he%256Clo.txt is hello.txt; takes the first segment of
# //hello.txt for a host, so that the path is lost and WordPress answers; and takes a backslash for a slash. A script's
# name may go on: /answer.php%20 runs answer.php.
set -euo pipefail
work=$(mktemp -d)
trap 'kill ${server:-} 2>/dev/null || true; wait ${server:-} 2>/dev/null || true; rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" @wp-playground/cli@3.1.56 node@24.21.0 >/dev/null
mkdir -p "$work/site/blog"
echo -n text >"$work/site/hello.txt"
echo -n text >"$work/site/blog/hello.txt"
echo '<?php echo "ran";' >"$work/site/answer.php"
echo '<?php echo "index";' >"$work/site/index.php"
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
# It has no option to listen on loopback alone.
cat >"$work/loopback.js" <<'JS'
const {Server} = require("net"), listen = Server.prototype.listen;
Server.prototype.listen = function (port, ...rest) {
    return typeof port === "number" ? listen.call(this, port, "127.0.0.1", ...rest) : listen.call(this, port, ...rest);
};
JS
HOME="$work" "$work/node_modules/node/bin/node" --require "$work/loopback.js" \
    "$work/node_modules/@wp-playground/cli/wp-playground.js" server --port "$port" \
    --mount-before-install "$work/site:/wordpress" --wordpress-install-mode do-not-attempt-installing \
    --skip-sqlite-setup >"$work/log" 2>&1 &
server=$!
seen=$(python3 - "$port" <<'ASK'
import http.client, sys, time
def ask(target):
    connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=10)
    connection.putrequest("GET", target)
    connection.endheaders()
    answer = connection.getresponse()
    return answer.read().decode() if answer.status == 200 else str(answer.status)
for _ in range(600):  # it answers 502 until it is ready, and redirects the first request after that
    try:
        if ask("/answer.php") == "ran":
            break
    except OSError:
        pass
    time.sleep(0.1)
print(*map(ask, ("/hello.txt", "/he%256Clo.txt", "//hello.txt", "/blog%5Chello.txt", "/answer.php%20")))
ASK
)
echo "playground 3.1.56: /hello.txt /he%256Clo.txt //hello.txt /blog%5Chello.txt /answer.php%20: $seen"
[ "$seen" = "text text index text ran" ]
