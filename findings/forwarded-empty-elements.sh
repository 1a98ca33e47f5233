#!/usr/bin/env bash
# Guess: readers of the Forwarded header take "for=a, , for=b" for two hops, as RFC 9110 section 5.6.1.2 has it of each list,
# and "for=a;" for one, as RFC 7239 section 4 allows.
# Seen: forwarded-parse 2.2.0, which OpenTelemetry for Node reads it by, refuses both with a ParseError. aiohttp 3.14.5
# makes three hops of the first, one of them empty, and forwarded 1.0.0 of PyPI reads both as the texts have it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check aiohttp==3.14.5 forwarded==1.0.0
npm install --silent --no-audit --no-fund --prefix "$work" forwarded-parse@2.2.0 >"$work/log"
cat >"$work/count.js" <<'COUNT'
const parse = require("forwarded-parse");
console.log("forwarded-parse", ...process.argv.slice(2).map(text => {
  try { return parse(text).length; } catch (error) { return error.name; }
}));
COUNT
cat >"$work/count.py" <<'COUNT'
import sys
import forwarded
from aiohttp.test_utils import make_mocked_request
print("aiohttp", *(len(make_mocked_request("GET", "/", {"Forwarded": text}).forwarded) for text in sys.argv[1:]))
print("forwarded", *(len(forwarded.parse(text)) for text in sys.argv[1:]))
COUNT
texts=("for=192.0.2.1, for=192.0.2.2" "for=192.0.2.1, , for=192.0.2.2" "for=192.0.2.1;")
seen=$(node "$work/count.js" "${texts[@]}"; "$work/env/bin/python" "$work/count.py" "${texts[@]}")
printf '%s | ' "${texts[@]}"
printf '\n%s\n' "$seen"
[ "$seen" = "forwarded-parse 2 ParseError ParseError
aiohttp 2 3 1
forwarded 2 2 1" ]
