<?php
// As docs/guides/in-front-of-php.md has it.
if (($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https') $_SERVER['HTTPS'] = 'on';

// The site's address is the scheme and Host that PHP gets, so that every link and redirect shows whether they were kept.
define('WP_HOME', (($_SERVER['HTTPS'] ?? '') === 'on' ? 'https://' : 'http://') . $_SERVER['HTTP_HOST']);
define('WP_SITEURL', WP_HOME);

// From the php.ini of this run; mysqli finds the database's socket there too.
define('DB_NAME', 'wordpress');
define('DB_USER', 'wordpress');
define('DB_PASSWORD', get_cfg_var('wordpress.database_password'));
define('DB_HOST', 'localhost');
define('DB_CHARSET', 'utf8mb4');
$table_prefix = 'wp_';

define('WP_DEFAULT_THEME', 'plain');

// Nothing leaves this machine; and nothing is done that no request asked for.
define('WP_HTTP_BLOCK_EXTERNAL', true);
define('DISABLE_WP_CRON', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
define('DISALLOW_FILE_MODS', true);

require_once ABSPATH . 'wp-settings.php';
