<?php
// As Jetpack does: a method that exists only for a client that signed the request, just as PHP got it.
add_filter(
    'xmlrpc_methods',
    fn ($methods) => hash_equals(expected_signature(), $_GET['signature'] ?? '')
        ? $methods + ['jetpack.testConnection' => 'signed_greeting']
        : $methods
);

function signed_greeting(): string
{
    return 'the signature holds';
}

function expected_signature(): string
{
    $url = parse_url('http://' . $_SERVER['HTTP_HOST'] . $_SERVER['REQUEST_URI']);
    parse_str($url['query'] ?? '', $query);
    $lines = [
        $query['token'] ?? '',
        $query['timestamp'] ?? '',
        $query['nonce'] ?? '',
        base64_encode(sha1(file_get_contents('php://input'), true)),
        $_SERVER['REQUEST_METHOD'],
        strtolower($url['host']),
        signed_port(),
        $url['path'],
        ...sorted_pairs($query),
    ];
    return base64_encode(hash_hmac('sha1', implode("\n", $lines) . "\n", get_cfg_var('jetpack.secret'), true));
}

// The public port, as Jetpack finds it: not in Host, but in X-Forwarded-Port, else it is the server's own. With https it
// takes 80 for that of a server behind a proxy that names none; with http it takes 443 for a port like any other.
function signed_port(): string
{
    $ports = array_filter([$_SERVER['HTTP_X_FORWARDED_PORT'] ?? '', $_SERVER['SERVER_PORT'] ?? ''], 'is_port');
    $port = reset($ports) ?: '80';
    return is_ssl() && $port === '80' ? '443' : $port;
}

function is_port(string $text): bool
{
    return ctype_digit($text) && 0 < (int) $text && (int) $text <= 65535;
}

function sorted_pairs(array $query): array
{
    unset($query['signature']);
    $pairs = array_map(
        fn ($name, $value) => rawurlencode($name) . '=' . rawurlencode($value),
        array_keys($query),
        $query
    );
    sort($pairs, SORT_STRING);
    return $pairs;
}
