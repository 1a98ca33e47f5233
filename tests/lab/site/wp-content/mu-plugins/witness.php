<?php
// Whoever makes xmlrpc.php run leaves a line beside the site, whatever the answer looks like.
if (defined('XMLRPC_REQUEST')) {
    file_put_contents(dirname(ABSPATH) . '/witness.log', $_SERVER['REQUEST_URI'] . "\n", FILE_APPEND);
}
