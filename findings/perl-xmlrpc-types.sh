#!/usr/bin/env bash
# Guess: an XML-RPC client for Perl sends a text as a <string>; a number is what came from arithmetic, or was marked as one.
# Seen: all four of Debian's go by the look of it. A password 0123 is sent as a number, as which a server reads 123, so that
# the login fails; a phone number loses its plus, a title 5.10 its zero; RPC::XML 0.82 makes a time of 2026-11-29T11:00:00Z.
# Each breaks another text: RPC::XML's café is not XML, XMLRPC::Lite 0.717 sends it as base64, in Latin-1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get download -qq libfrontier-rpc-perl=0.07b4-7.1 librpc-xml-perl=0.82-1 libxml-rpc-fast-perl=0.8-2 libxmlrpc-lite-perl=0.717-5 \
    libsoap-lite-perl libclass-inspector-perl liburi-perl libxml-hash-lx-perl libxml-libxml-perl libxml-parser-perl libxml-sax-base-perl \
    libwww-perl libhttp-message-perl libhttp-date-perl libmodule-runtime-perl libencode-locale-perl liblwp-mediatypes-perl \
    libio-sessiondata-perl libtask-weaken-perl libnet-http-perl libxml-namespacesupport-perl libxml-sax-perl 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
export PERL5LIB="$work/root/usr/share/perl5:$(echo root/usr/lib/*/perl5/5.*)"
cat >read.py <<'READ'
import sys, xmlrpc.client
try:
    value = xmlrpc.client.loads(sys.stdin.buffer.read())[0][0]
    print({"DateTime": str, "Binary": lambda value: value.data}.get(type(value).__name__, repr)(value))
except Exception as error:
    print(type(error).__name__)
READ
cat >write.pl <<'WRITE'
use strict; use utf8;
use Frontier::RPC2; use RPC::XML; use XML::RPC::Enc::LibXML; use XMLRPC::Lite;
my ($library, $text) = ($ARGV[0], $ARGV[1]);
utf8::decode($text);
my $call = $library eq "Frontier::RPC2" ? Frontier::RPC2->new->encode_call("a.b", $text)
    : $library eq "RPC::XML" ? RPC::XML::request->new("a.b", $text)->as_string
    : $library eq "XML::RPC::Fast" ? XML::RPC::Enc::LibXML->new->request("a.b", $text)
    : XMLRPC::Serializer->new->envelope(method => "a.b", $text);
utf8::encode($call) if utf8::is_utf8($call);
print $call;
WRITE
seen=$(for library in Frontier::RPC2 RPC::XML XML::RPC::Fast XMLRPC::Lite; do
    echo "$library:" "$(for text in 0123 +49301234 5.10 2026-11-29T11:00:00Z café; do
        perl write.pl "$library" "$text" | python3 read.py
    done | paste -sd ' ')"
done)
echo "$seen"
[ "$seen" = "Frontier::RPC2: 123 49301234 5.1 '2026-11-29T11:00:00Z' 'café'
RPC::XML: 123 49301234 5.1 20261129T11:00:00Z ExpatError
XML::RPC::Fast: 123 49301234 5.1 '2026-11-29T11:00:00Z' 'café'
XMLRPC::Lite: 123 49301234 5.1 '2026-11-29T11:00:00Z' b'caf\\xe9'" ]
