<?php
// For a server that gives the endpoint another name: pages name that one, as plugins that rename it make them do.
if (isset($_SERVER['XMLRPC_NAME'])) {
    add_filter('site_url', fn ($url) => str_replace('xmlrpc.php', $_SERVER['XMLRPC_NAME'], $url));
    add_action('loop_start', 'rsd_link');
}
