#!/usr/bin/env bash
# Guess: libraries write one IPv6 address as one text, by RFC 5952, so that logs and lists of two programs can be joined.
# Seen: seven libraries have four ways. An IPv4-mapped address ends in four numbers or in two groups (ipaddr.js 2.5.0 writes
# groups even by toRFC5952String, though section 5 recommends numbers; cidr-tools 11.3.2 does both, by the function); ip6addr
# 0.2.5 shortens a single group of zeros, which section 4.2.2 forbids; netaddr 1.3.0 writes ::1:0 as ::0.1.0.0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check netaddr==1.3.0 IPy==1.2 iptools==0.7.0
npm install --silent --no-audit --no-fund --prefix "$work" ipaddr.js@2.5.0 ip-address@10.7.6 ip6addr@0.2.5 cidr-tools@11.3.2 >"$work/log"
cat >"$work/write.py" <<'WRITE'
import sys
import iptools, IPy, netaddr
print("netaddr", *(netaddr.IPAddress(text) for text in sys.argv[1:]))
print("IPy", *(IPy.IP(text).strCompressed() for text in sys.argv[1:]))
print("iptools", *(iptools.ipv6.long2ip(iptools.ipv6.ip2long(text)) for text in sys.argv[1:]))
WRITE
cat >"$work/write.mjs" <<'WRITE'
import ipaddr from "ipaddr.js";
import ip6addr from "ip6addr";
import {Address6} from "ip-address";
import {mergeCidr, normalizeCidr} from "cidr-tools";
const texts = process.argv.slice(2);
console.log("ipaddr.js", ...texts.map(text => ipaddr.parse(text).toRFC5952String()));
console.log("ip-address", ...texts.map(text => new Address6(text).correctForm()));
console.log("ip6addr", ...texts.map(text => ip6addr.parse(text).toString()));
console.log("cidr-tools normalize", ...texts.map(text => normalizeCidr(text)));
console.log("cidr-tools merge", ...texts.map(text => mergeCidr([text])[0].replace("/128", "")));
WRITE
texts=(::ffff:192.0.2.7 2001:db8:0:1:2:3:4:5 ::1:0)
seen=$("$work/env/bin/python" "$work/write.py" "${texts[@]}"; node "$work/write.mjs" "${texts[@]}")
echo "given: ${texts[*]}"
echo "$seen"
[ "$seen" = "netaddr ::ffff:192.0.2.7 2001:db8:0:1:2:3:4:5 ::0.1.0.0
IPy ::ffff:192.0.2.7 2001:db8:0:1:2:3:4:5 ::1:0
iptools ::ffff:c000:207 2001:db8:0:1:2:3:4:5 ::1:0
ipaddr.js ::ffff:c000:207 2001:db8:0:1:2:3:4:5 ::1:0
ip-address ::ffff:c000:207 2001:db8:0:1:2:3:4:5 ::1:0
ip6addr ::ffff:192.0.2.7 2001:db8::1:2:3:4:5 ::1:0
cidr-tools normalize ::ffff:192.0.2.7 2001:db8:0:1:2:3:4:5 ::1:0
cidr-tools merge ::ffff:c000:207 2001:db8:0:1:2:3:4:5 ::1:0" ]
