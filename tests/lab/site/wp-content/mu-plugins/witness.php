<?php
// Each request that makes xmlrpc.php run leaves a line beside the site, no matter how it is answered.
if (defined('XMLRPC_REQUEST')) {
    file_put_contents(dirname(ABSPATH) . '/witness.log', $_SERVER['REQUEST_URI'] . "\n", FILE_APPEND);
}
