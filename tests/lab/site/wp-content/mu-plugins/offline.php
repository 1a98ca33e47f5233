<?php
// WP_HTTP_BLOCK_EXTERNAL spares the site's own host, which is a made-up name here.
add_filter('block_local_requests', '__return_true');
