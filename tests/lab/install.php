<?php
// WordPress' installation as its install.php does it, without a server; run it in the site's folder.
$_SERVER['HTTP_HOST'] = 'blog.example';
const WP_INSTALLING = true;

function wp_new_blog_notification(): void
{
    // WordPress would send a mail.
}

require './wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
[$user, $password] = [get_cfg_var('wordpress.user'), get_cfg_var('wordpress.password')];
wp_install('The blog', $user, "$user@blog.example", true, '', $password);
$wp_rewrite->set_permalink_structure('/%postname%/');
flush_rewrite_rules(false);
