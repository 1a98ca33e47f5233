#!/usr/bin/env bash
# Guess: PHP's xmlrpc extension, which WordPress' older clients are written with, carries PHP's whole numbers of 64 bits, or
# says that it cannot; and a small number arrives as it was.
# Seen: php8.2-xmlrpc 1.0.0~rc3 makes -1294967296 of 3000000000 where it writes and where it reads, NULL of <i8>5</i8>, and
# 0.000000 of 0.00000015, all without an error or a warning: an identity or an amount is another one at the far end.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get download -qq php8.2-xmlrpc=3:1.0.0~rc3-6 libxmlrpc-epi0 php8.2-cli php8.2-common libsodium23 libargon2-1 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
LD_LIBRARY_PATH=$(find root -name '*.so*' -printf "$work/%h:")
export LD_LIBRARY_PATH
seen=$(root/usr/bin/php8.2 -n -d error_reporting=-1 -d display_errors=1 -d extension="$(find "$work/root" -name xmlrpc.so)" -r '
foreach ([3000000000, -3000000000, 0.00000015] as $number)
    echo "$number is written as ", preg_replace("/.*<value>\s*(.*?)\s*<\/value>.*/s", "$1", xmlrpc_encode($number)), "\n";
foreach (["<int>3000000000</int>", "<i8>5</i8>"] as $value)
    echo "$value is read as ", json_encode(xmlrpc_decode("<params><param><value>$value</value></param></params>")), "\n";
' 2>&1)
echo "$seen"
[ "$seen" = "3000000000 is written as <int>-1294967296</int>
-3000000000 is written as <int>1294967296</int>
1.5E-7 is written as <double>0.000000</double>
<int>3000000000</int> is read as -1294967296
<i8>5</i8> is read as null" ]
