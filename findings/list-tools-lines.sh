#!/usr/bin/env bash
# Guess: tools that sum up lists of addresses read a network, an address, a range and an IPv6 network alike, and what one
# cannot read is an error in its exit status.
# Seen: of Debian's, iprange 1.0.4 makes the IPv4 address 0.0.7.209 of an IPv6 line, whose first group it takes for a number;
# aggregate 1.6 leaves out all but networks, single addresses too; netmask 2.4.4 makes two addresses of a range's ends. Each
# exits with 0, so that a script that builds a firewall's set goes on with another list.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get download -qq iprange=1.0.4+ds-2 aggregate=1.6-7+b1 netmask=2.4.4-3 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
read_by() {
    # Print what a tool makes of a line, and its status.
    local status=0 read
    case $1 in
        iprange) read=$(root/usr/bin/iprange line 2>/dev/null) || status=$? ;;
        aggregate) read=$(root/usr/bin/aggregate <line 2>/dev/null) || status=$? ;;
        netmask) read=$(root/usr/bin/netmask --cidr --files line 2>/dev/null) || status=$? ;;
    esac
    echo "$1: ${read:-nothing} ($status)" | xargs
}
seen=$(for line in 192.0.2.0/24 192.0.2.7 "192.0.2.0 - 192.0.2.3" 2001:db8::/32; do
    echo "$line" >line
    echo "$line: $(for tool in iprange aggregate netmask; do read_by "$tool"; done | paste -sd,)"
done)
echo "$seen"
[ "$seen" = "192.0.2.0/24: iprange: 192.0.2.0/24 (0),aggregate: 192.0.2.0/24 (0),netmask: 192.0.2.0/24 (0)
192.0.2.7: iprange: 192.0.2.7 (0),aggregate: nothing (0),netmask: 192.0.2.7/32 (0)
192.0.2.0 - 192.0.2.3: iprange: 192.0.2.0/30 (0),aggregate: nothing (0),netmask: 192.0.2.0/32 192.0.2.3/32 (0)
2001:db8::/32: iprange: 0.0.7.209 (0),aggregate: nothing (0),netmask: 2001:db8::/32 (0)" ]
