<?php
// For a request that asks for it, the pages for those who log in are on https alone.
if (isset($_SERVER['HTTP_X_FORCE_SSL'])) {
    define('FORCE_SSL_ADMIN', true);
}
