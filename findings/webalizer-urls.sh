#!/usr/bin/env bash
# Guess: the table of URLs that Webalizer and AWFFull, its successor, order by hits has each URL that was asked for, so that
# the target of a flood of requests stands at its top.
# Seen: Webalizer 2.23.08 and AWFFull 3.10.2 count a request in it if the answer was 200, 206 or 304 alone. What is refused
# (403, 405), moved or in error is among the hits, the hours and the sites, under no URL; AWFFull gives 206 no hits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get download -qq webalizer=2.23.08-3.3 awffull=3.10.2-8 libgeoip1 libgd3 libdb5.3 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find root -name '*.so*' -printf "$work/%h:")
export LD_LIBRARY_PATH
for status in 200 206 304 301 302 403 403 403 405 404 500; do
    printf '203.0.113.7 - - [29/Nov/2026:11:00:00 +0000] "POST /answered-%s.php HTTP/1.1" %s 10 "-" "probe"\n' "$status" "$status"
done >log
printf 'DumpURLs yes\nDumpSites yes\n' >conf
seen=$(for program in webalizer awffull; do
    mkdir "$program"
    "root/usr/bin/$program" -c conf -o "$program" log >/dev/null 2>&1
    echo "$program: $(cut -f 1 "$program"/site_*.tab) hits of the site;" \
        "$(sort -k 3 "$program"/url_*.tab | awk '{print $3, $1}' | paste -sd,)"
done)
echo "$seen"
[ "$seen" = "webalizer: 11 hits of the site; /answered-200.php 1,/answered-206.php 1,/answered-304.php 1
awffull: 11 hits of the site; /answered-200.php 1,/answered-206.php 0,/answered-304.php 1" ]
