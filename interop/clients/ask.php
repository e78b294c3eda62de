<?php
// Asks by curl, as the vendor's client does. Usage: php ask.php ACCOUNT TOKEN URL. The body on stdout.
$asked = curl_init($argv[3]);
curl_setopt($asked, CURLOPT_USERPWD, "$argv[1]:$argv[2]");
if (!curl_exec($asked)) {
    fwrite(STDERR, curl_error($asked) . "\n");
    exit(1);
}
