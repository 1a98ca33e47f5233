#!/usr/bin/env bash
# Guess: an XML-RPC encoder that writes texts as CDATA splits a text that holds "]]>" into two sections, as XML needs it.
# Seen: of three npm packages that descend from the same code, xmlrpc 1.3.2 writes a body that is XML; homematic-xmlrpc
# 2.0.0 writes one that is not, without an error, so that a post with "]]>" in it never arrives; @foxglove/xmlrpc 1.3.0
# raises an error. PHP's xmlrpc_encode_request with escaping "cdata" behaves like the second.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm install --silent --no-audit --no-fund --prefix "$work" xmlrpc@1.3.2 homematic-xmlrpc@2.0.0 @foxglove/xmlrpc@1.3.0 >"$work/log"
write() {
    # Let a package write a call with the text, and say what Python's parser makes of the body.
    (cd "$work" && node -e "const {serializeMethodCall} = require('$1'); process.stdout.write(serializeMethodCall('a.b', ['<p>one ]]> two</p>']))") \
        >"$work/body" 2>"$work/error" || { echo error; return; }
    python3 -c 'import sys; from xml.etree import ElementTree as E
try: E.parse(sys.argv[1]); print("XML")
except E.ParseError: print("not XML")' "$work/body"
}
seen="$(write xmlrpc/lib/serializer), $(write homematic-xmlrpc/lib/serializer), $(write @foxglove/xmlrpc)"
echo "a text with ]]> by xmlrpc, homematic-xmlrpc and @foxglove/xmlrpc: $seen"
[ "$seen" = "XML, not XML, error" ]
