<?php
// WordPress' own client: IXR_Request, from the folder of its classes.
function apply_filters($_name, $value)
{
    return $value;
}

foreach (glob("$argv[2]/class-IXR-{error,date,base64,value,message,request}.php", GLOB_BRACE) as $file) {
    require $file;
}

function convert($value)
{
    if (is_array($value) && isset($value['base64'])) {
        return new IXR_Base64(implode('', array_map(fn ($n) => chr(($n * 7) % 256), range(0, $value['base64'] - 1))));
    }
    return is_array($value) ? array_map('convert', $value) : $value;
}

$calls = json_decode(file_get_contents($argv[1]), true);
// What Jetpack sends to a site: its calls in one, each with its own arguments.
$calls[] = array('system.multicall', array(array(
    array('methodName' => 'jetpack.getUser', 'params' => array(1)),
    array('methodName' => 'jetpack.syncObject', 'params' => array(array('post', 7, array('on_behalf_of' => array(1, 2))))),
    array('methodName' => 'jetpack.testConnection', 'params' => array()),
)));
foreach ($calls as list($name, $arguments)) {
    $body = (new IXR_Request($name, convert($arguments)))->getXml();
    echo strlen($body), "\n", $body;
}
