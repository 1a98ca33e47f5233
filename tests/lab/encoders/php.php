<?php
// xmlrpc_encode_request, with the options in the second argument, as JSON.
$options = json_decode($argv[2], true);

function convert($value)
{
    if (is_array($value) && isset($value['base64'])) {
        $bytes = implode('', array_map(function ($n) { return chr(($n * 7) % 256); }, range(0, $value['base64'] - 1)));
        xmlrpc_set_type($bytes, 'base64');
        return $bytes;
    }
    return is_array($value) ? array_map('convert', $value) : $value;
}

foreach (json_decode(file_get_contents($argv[1]), true) as list($name, $arguments)) {
    $body = xmlrpc_encode_request($name, convert($arguments), $options);
    echo strlen($body), "\n", $body;
}
