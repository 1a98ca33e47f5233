#!/usr/bin/env bash
# Guess: a tool that counts an access log by client or by method counts each line of it, and a column that it names has values.
# Seen: of Debian's, asql 1.6 has nothing of a line whose client has an IPv6 address but an empty row, and never fills in its
# columns method and version, so that WHERE method = "POST" finds no row. logtop 0.4.3 counts the last 10,000 lines alone:
# a flood before them is not there. lnav 0.11.1 has no client for a request with a space in its target, or of TLS to a
# plain port.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get download -qq asql=1.6-1.2 libdbd-sqlite3-perl libdbi-perl libterm-readline-gnu-perl logtop=0.4.3-1+b3 lnav=0.11.1-3 \
    libarchive13 libcurl3-gnutls libpcre2-8-0 libreadline8 libsqlite3-0 libncursesw6 libncurses6 libtinfo6 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find root -name '*.so*' -printf "$work/%h:")
PERL5LIB="$work/root/usr/share/perl5:$(echo root/usr/lib/*/perl5/5.*)"
export LD_LIBRARY_PATH PERL5LIB HOME=$work
when='29/Nov/2026:11:00:00 +0000'
cat >access.log <<LOG
192.0.2.7 - - [$when] "POST /xmlrpc.php HTTP/1.1" 403 10 "-" "probe"
2001:db8::7 - - [$when] "POST /xmlrpc.php HTTP/1.1" 403 10 "-" "probe"
192.0.2.7 - - [$when] "POST /a b HTTP/1.1" 400 10 "-" "probe"
192.0.2.7 - - [$when] "\\x16\\x03\\x01" 400 10 "-" "-"
LOG
ask() {
    perl root/usr/bin/asql --quiet --load=access.log --execute="$1"
}
flood() {
    python3 -c 'print("192.0.2.7\n" * 20000 + "192.0.2.9\n" * 10000, end="")'
}
seen=$({
    echo "asql, lines by client:" && ask 'SELECT "<" || source || ">", COUNT(*) FROM logs GROUP BY source'
    echo "asql, lines with POST:" && ask 'SELECT COUNT(*) FROM logs WHERE method = "POST"'
    echo "logtop:" && flood | root/usr/bin/logtop -q
    echo "lnav, lines by client:"
    root/usr/bin/lnav -n -c ';SELECT c_ip, COUNT(*) FROM access_log GROUP BY c_ip' -c ':write-csv-to -' access.log | tail -n +2
} | sed '/^ *$/d; s/  */ /g')
echo "$seen"
[ "$seen" = "asql, lines by client:
<> 1
<192.0.2.7> 3
asql, lines with POST:
0
logtop:
10000 elements
 1 10000 192.0.2.9
lnav, lines by client:
<NULL>,2
192.0.2.7,1
2001:db8::7,1" ]
