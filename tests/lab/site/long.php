<?php
// Two megabytes whose length is not announced, written bit by bit.

while (ob_get_level()) {
    ob_end_flush();
}
for ($at = 0; $at < 250; $at++) {
    echo str_repeat(chr($at), 9973);
    flush();
}
