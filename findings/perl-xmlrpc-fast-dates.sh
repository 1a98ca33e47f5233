#!/usr/bin/env bash
# Guess: an XML-RPC client reads the form of date that the protocol's text shows (19980717T14:08:55), as each site sends it
# with each post, and writes one that others read.
# Seen: with the packages that Debian recommends beside it, XML::RPC::Fast 0.8 dies at that form ("Invalid date format"), so
# that no post can be read, and writes a DateTime as 20261129T110000.000+0000, for which Python's xmlrpc.client raises
# ValueError if it is asked for datetime. Without libdatetime-format-iso8601-perl the same date is read.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
chmod 755 .
apt-get download -qq libxml-rpc-fast-perl=0.8-2 libxml-hash-lx-perl libxml-libxml-perl libxml-sax-base-perl libxml-namespacesupport-perl libxml-sax-perl \
    libdatetime-format-iso8601-perl=0.16-2 libdatetime-perl libdatetime-locale-perl libdatetime-timezone-perl libdatetime-format-builder-perl \
    libdatetime-format-strptime-perl libclass-data-inheritable-perl libclass-singleton-perl libdevel-stacktrace-perl libeval-closure-perl \
    libexception-class-perl libfile-sharedir-perl libmodule-implementation-perl libmodule-runtime-perl libmro-compat-perl \
    libnamespace-autoclean-perl libnamespace-clean-perl libpackage-stash-perl libparams-util-perl libparams-validate-perl \
    libparams-validationcompiler-perl librole-tiny-perl libspecio-perl libsub-exporter-progressive-perl libsub-identify-perl libsub-name-perl \
    libtry-tiny-perl libvariable-magic-perl libxstring-perl libb-hooks-endofscope-perl libclass-inspector-perl 2>/dev/null
for package in *.deb; do dpkg-deb -x "$package" root; done
export PERL5LIB="$work/root/usr/share/perl5:$(echo root/usr/lib/*/perl5/5.*)"
cat >dates.pl <<'DATES'
use strict; use DateTime; use XML::RPC::Enc::LibXML;
my $codec = XML::RPC::Enc::LibXML->new;
my $value = "<value><dateTime.iso8601>19980717T14:08:55</dateTime.iso8601></value>";
my ($read) = eval { $codec->decode("<?xml version='1.0'?><methodResponse><params><param>$value</param></params></methodResponse>") };
print $@ =~ /^(Invalid date format: \S+)/ ? $1 : "read: $$read", "\n";
my $moment = DateTime->new(year => 2026, month => 11, day => 29, hour => 11, time_zone => "UTC");
print "written: ", $codec->request("a.b", $moment) =~ m{<value>(.*?)</value>}, "\n";
DATES
seen=$(perl dates.pl
    rm -r root/usr/share/perl5/DateTime/Format/ISO8601*
    perl dates.pl)
echo "$seen"
written="written: <dateTime.iso8601>20261129T110000.000+0000</dateTime.iso8601>"
[ "$seen" = "Invalid date format: 19980717T14:08:55
$written
read: 19980717T14:08:55
$written" ]
python3 - <<'READ'
import xmlrpc.client
try:
    xmlrpc.client.loads("<params><param><value><dateTime.iso8601>20261129T110000.000+0000</dateTime.iso8601></value></param></params>", use_builtin_types=True)
except ValueError as error:
    print("xmlrpc.client:", error)
else:
    raise SystemExit("read as a date")
READ
