<?php
// What PHP got, as JSON: its $_SERVER, and the length and hash of the body.

$body = file_get_contents('php://input');
header('Content-Type: application/json');
echo json_encode(
    ['server' => $_SERVER, 'length' => strlen($body), 'sha1' => sha1($body)],
    JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR
);
