<!doctype html>
<title><?= wp_get_document_title() ?></title>
<?php
while (have_posts()) {
    the_post();
    the_title('<h1>', '</h1>');
    the_content();
}
