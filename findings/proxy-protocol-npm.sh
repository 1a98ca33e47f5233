#!/usr/bin/env bash
# Guess: parsers of the PROXY protocol give what follows the header as the connection's data, take its extra fields (TLVs, as
# AWS' and HAProxy's version 2 has them) for a part of the header, and read version 1's "PROXY UNKNOWN" alone.
# Seen: proxy-protocol-js 4.0.6 leaves the TLVs in front of the data, so that the request line begins with them, and refuses
# UNKNOWN. @balena/proxy-protocol-parser 1.0.2 names a line end as UNKNOWN's client. PyPI's proxy-protocol 0.11.3 does all.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check proxy-protocol==0.11.3
npm install --silent --no-audit --no-fund --prefix "$work" proxy-protocol-js@4.0.6 @balena/proxy-protocol-parser@1.0.2 >"$work/log"
cat >"$work/read.js" <<'READ'
const {V1ProxyProtocol, V2ProxyProtocol} = require("proxy-protocol-js");
const {decode} = require("@balena/proxy-protocol-parser");
const [, , tlv, unknown] = process.argv;
const text = bytes => JSON.stringify(Buffer.from(bytes).toString("latin1"));
const refused = call => { try { return call(); } catch { return "refused"; } };
console.log("proxy-protocol-js", text(V2ProxyProtocol.parse(Buffer.from(tlv, "hex")).data),
  refused(() => V1ProxyProtocol.parse(Buffer.from(unknown, "hex").toString()).inetProtocol));
console.log("balena", text(decode(Buffer.from(unknown, "hex")).remoteAddress));
READ
cat >"$work/read.py" <<'READ'
import asyncio, sys
from proxyprotocol.detect import ProxyProtocolDetect
from proxyprotocol.reader import ProxyProtocolReader
async def read(header):
    stream = asyncio.StreamReader()
    stream.feed_data(bytes.fromhex(header))
    stream.feed_eof()
    result = await ProxyProtocolReader(ProxyProtocolDetect()).read(stream)
    return type(result).__name__, (await stream.read()).decode()
print("proxy-protocol", *(text for header in sys.argv[1:] for text in asyncio.run(read(header))))
READ
# A header of version 2 with two addresses, two ports and a TLV of five bytes (4: to be ignored); UNKNOWN; "GET" after both.
tlv="0d0a0d0a000d0a515549540a21110011cb007109c0000201126700500400026162474554"
unknown=$(printf 'PROXY UNKNOWN\r\nGET' | od -An -tx1 | tr -d ' \n')
seen=$(node "$work/read.js" "$tlv" "$unknown"; "$work/env/bin/python" "$work/read.py" "$tlv" "$unknown")
echo "$seen"
[ "$seen" = 'proxy-protocol-js "\u0004\u0000\u0002abGET" refused
balena "\r\n"
proxy-protocol ProxyResultIPv4 GET ProxyResultUnknown GET' ]
