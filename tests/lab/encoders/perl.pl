use strict; use warnings; no warnings 'once'; use JSON::PP; use MIME::Base64;
my ($library, $path) = @ARGV;
open my $file, '<', $path or die; local $/; my $calls = JSON::PP->new->utf8->decode(<$file>);
my %make = (
    'XMLRPC::Lite' => sub { require XMLRPC::Lite; XMLRPC::Serializer->new->envelope(method => @_) },
    'RPC::XML' => sub { require RPC::XML; $RPC::XML::ENCODING = 'UTF-8'; RPC::XML::request->new(@_)->as_string },
    'Frontier::RPC2' => sub { require Frontier::RPC2; Frontier::RPC2->new(encoding => 'UTF-8')->encode_call(@_) },
);
my %bytes = (
    'XMLRPC::Lite' => sub { SOAP::Data->type(base64 => $_[0]) },
    'RPC::XML' => sub { RPC::XML::base64->new($_[0]) },
    'Frontier::RPC2' => sub { Frontier::RPC2::Base64->new(encode_base64($_[0])) },
);
sub convert {
    my ($value) = @_;
    return $value ? 1 : 0 if JSON::PP::is_bool($value);
    return [map { convert($_) } @$value] if ref $value eq 'ARRAY';
    if (ref $value eq 'HASH') {
        return $bytes{$library}->(join '', map { chr(($_ * 7) % 256) } 0 .. $value->{base64} - 1) if exists $value->{base64};
        return {map { $_ => convert($value->{$_}) } sort keys %$value};
    }
    utf8::encode($value) if $library eq 'XMLRPC::Lite' && defined $value && !ref $value && $value =~ /[^\x00-\x7f]/;
    return $value;
}
if ($library eq 'XMLRPC::Lite') { require XMLRPC::Lite } elsif ($library eq 'RPC::XML') { require RPC::XML } else { require Frontier::RPC2 }
for my $call (@$calls) {
    my ($name, $arguments) = @$call;
    my $body = $make{$library}->($name, @{convert($arguments)});
    utf8::encode($body) if utf8::is_utf8($body);
    print length($body), "\n", $body;
}
