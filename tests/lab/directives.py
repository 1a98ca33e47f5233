"""What the set-ups' configurations say, as the servers' documentation and WordPress' have it.

``@folder`` is the document root, ``@fpm`` PHP-FPM's socket, ``@php_cgi`` PHP for CGI and FastCGI.
"""

MOD_PHP = """
<FilesMatch ".+\\.ph(?:ar|p|tml)$">
    SetHandler application/x-httpd-php
</FilesMatch>
"""
PROXY_FCGI = """
<FilesMatch ".+\\.ph(?:ar|p|tml)$">
    SetHandler "proxy:unix:@fpm|fcgi://localhost"
</FilesMatch>
"""
MOD_FCGID = """
<Directory "@folder">
    AddHandler fcgid-script .php
    FcgidWrapper @php_cgi .php
    Options +ExecCGI
</Directory>
"""
ACTION = """
ScriptAlias /php-cgi @php_cgi
<Directory "@folder">
    AddHandler php-by-action .php
    Action php-by-action /php-cgi
</Directory>
"""

# WordPress' .htaccess: for one site, and for networks by sub-directory and by sub-domain.
SINGLE = """
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteCond %{REQUEST_FILENAME} !-f
RewriteCond %{REQUEST_FILENAME} !-d
RewriteRule . /index.php [L]
"""
NETWORK = """
RewriteEngine On
RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?wp-admin$ $1wp-admin/ [R=301,L]
RewriteCond %{REQUEST_FILENAME} -f [OR]
RewriteCond %{REQUEST_FILENAME} -d
RewriteRule ^ - [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?(wp-(content|admin|includes).*) $2 [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?(.*\\.php)$ $2 [L]
RewriteRule . index.php [L]
"""
NETWORK_3_0 = """
RewriteEngine On
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?files/(.+) wp-includes/ms-files.php?file=$2 [L]
RewriteRule ^([_0-9a-zA-Z-]+/)?wp-admin$ $1wp-admin/ [R=301,L]
RewriteCond %{REQUEST_FILENAME} -f [OR]
RewriteCond %{REQUEST_FILENAME} -d
RewriteRule ^ - [L]
RewriteRule ^[_0-9a-zA-Z-]+/(wp-(content|admin|includes).*) $1 [L]
RewriteRule ^[_0-9a-zA-Z-]+/(.*\\.php)$ $1 [L]
RewriteRule . index.php [L]
"""
SUB_DOMAINS = """
RewriteEngine On
RewriteBase /
RewriteRule ^index\\.php$ - [L]
RewriteRule ^wp-admin$ wp-admin/ [R=301,L]
RewriteCond %{REQUEST_FILENAME} -f [OR]
RewriteCond %{REQUEST_FILENAME} -d
RewriteRule ^ - [L]
RewriteRule ^(wp-(content|admin|includes).*) $1 [L]
RewriteRule ^(.*\\.php)$ $1 [L]
RewriteRule . index.php [L]
"""
OWN_FOLDER = NETWORK.replace("$2", "wp/$2")

# nginx: what the recipes share, and the locations that differ.
FRONT = """
location / { try_files $uri $uri/ /index.php?$args; }
"""
PASS = """
    include fastcgi_params;
    fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
    fastcgi_pass unix:@fpm;
"""
WORDPRESS_ORG = f"""{FRONT}
location ~ \\.php$ {{
    fastcgi_intercept_errors on;
    {PASS}
}}
"""
OFFICIAL_PHP = f"""{FRONT}
location ~ [^/]\\.php(/|$) {{
    fastcgi_split_path_info ^(.+?\\.php)(/.*)$;
    if (!-f $document_root$fastcgi_script_name) {{ return 404; }}
    fastcgi_param HTTP_PROXY "";
    fastcgi_param PATH_INFO $fastcgi_path_info;
    {PASS}
}}
"""
DEBIAN = f"""{FRONT}
location ~ \\.php$ {{
    include snippets/fastcgi-php.conf;
    fastcgi_pass unix:@fpm;
}}
"""
OFFICIAL_NETWORK = f"""
if (!-e $request_filename) {{
    rewrite /wp-admin$ $scheme://$host$uri/ permanent;
    rewrite ^(/[^/]+)?(/wp-.*) $2 last;
    rewrite ^(/[^/]+)?(/.*\\.php) $2 last;
}}
{FRONT}
location ~ \\.php$ {{
    try_files $uri =404;
    {PASS}
}}
"""
SLOPPY = f"""
merge_slashes off;
{FRONT}
location ~ \\.php {{
    fastcgi_split_path_info ^(.+\\.php)(.*)$;
    fastcgi_param PATH_INFO $fastcgi_path_info;
    {PASS}
}}
"""

LIGHTTPD = """
    fastcgi.server = (".php" => (("socket" => "@fpm")))
"""
LIGHTTPD_BROKEN = """
    fastcgi.server = (".php" => (("socket" => "@fpm", "broken-scriptfilename" => "enable")))
    url.rewrite-if-not-file = ("^/([^?]*)(\\?.*)?$" => "/index.php$2")
"""
LIGHTTPD_CGI = """
    cgi.assign = (".php" => "@php_cgi")
    # Without the distribution's extensions, a php-cgi for each request starts three times as fast.
    setenv.set-environment = ("PHP_INI_SCAN_DIR" => "/nonexistent")
"""

# h2o reads YAML.
H2O = """
        file.dir: @folder
"""

CADDY = """
    php_fastcgi unix/@fpm
    file_server
"""

# For php -S: send a request to the file that its path names, or to WordPress.
ROUTER = """<?php
$path = rawurldecode(explode('?', $_SERVER['REQUEST_URI'], 2)[0]);
$file = $_SERVER['DOCUMENT_ROOT'] . $path;
if (strpos($path, "\\0") === false && is_file($file)) {
    require $file;
} else {
    require $_SERVER['DOCUMENT_ROOT'] . '/index.php';
}
"""
