#!/usr/bin/env bash
# Guess: a library that looks up networks reads 172.16/12, as RFC 1918 section 3 writes it, 10.0.0.0/255.0.0.0, and a router's
# wildcard, 10.0.0.0/0.255.255.255, as what they mean, or refuses them.
# Seen: py-radix 1.1.0 and npm's netmask 2.1.1 make 172.0.0.0/12 of 172.16/12, and 0.0.0.0/8 of 10/8, so that no private
# address is found. pytricia 1.3.0 reads the first number of a mask alone: 255.0.0.0 makes one address, and a wildcard all of
# IPv4. pysubnettree 0.38.1 reads the wildcard so too, and IPy 1.2 makes 10.0.0.0/24 of it. netaddr 1.3.0 reads masks and
# wildcards, and refuses the short form.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check py-radix==1.1.0 pytricia==1.3.0 pysubnettree==0.38.1 IPy==1.2 netaddr==1.3.0
npm install --silent --no-audit --no-fund --prefix "$work" netmask@2.1.1 >"$work/log"
cat >"$work/read.py" <<'READ'
import sys
import IPy, netaddr, pytricia, radix, SubnetTree


def trie(text):
    tree = pytricia.PyTricia()
    tree.insert(text, True)
    return tree.keys()[0]


def subnets(text):
    tree = SubnetTree.SubnetTree()
    tree[text] = True
    return tree.prefixes(ipv4_native=True).pop()


readers = {
    "py-radix": lambda text: radix.Radix().add(text).prefix,
    "pytricia": trie,
    "pysubnettree": subnets,
    "IPy": lambda text: str(IPy.IP(text)),
    "netaddr": lambda text: str(netaddr.IPNetwork(text)),
}
for name, read in readers.items():
    networks = []
    for text in sys.argv[1:]:
        try:
            networks.append(read(text))
        except (ValueError, netaddr.AddrFormatError):
            networks.append("refused")
    print(name, *networks)
READ
cat >"$work/read.js" <<'READ'
const {Netmask} = require("netmask");
const read = text => { try { return String(new Netmask(text)); } catch { return "refused"; } };
console.log("netmask", ...process.argv.slice(2).map(read));
READ
texts=(172.16/12 10/8 10.0.0.0/255.0.0.0 10.0.0.0/0.255.255.255)
seen=$("$work/env/bin/python" "$work/read.py" "${texts[@]}"; node "$work/read.js" "${texts[@]}")
echo "given: ${texts[*]}"
echo "$seen"
[ "$seen" = "py-radix 172.0.0.0/12 0.0.0.0/8 refused refused
pytricia refused refused 10.0.0.0/32 10.0.0.0/0
pysubnettree refused refused refused 10.0.0.0/0
IPy 172.16.0.0/12 10.0.0.0/8 10.0.0.0/8 10.0.0.0/24
netaddr refused refused 10.0.0.0/8 10.0.0.0/8
netmask 172.0.0.0/12 0.0.0.0/8 10.0.0.0/8 refused" ]
