<?php
// Which methods does WordPress run for each body? Its own XML-RPC classes decide, from the folder in the first argument.
// On the input: a line of the methods that the site has; then, for each body, a line of its length and its bytes.
// On the output: for each body, a line of the methods that ran, in order. With a second argument, "trimmed", the body
// is trimmed before the classes get it, as WordPress up to 5.4 does.

error_reporting(0);

function apply_filters($_name, $value)
{
    return $value;
}

function __($text)
{
    return $text;
}

class Answered extends Exception
{
}

class Witness
{
    public static $ran = array();
    private $name;

    public function __construct($name)
    {
        $this->name = $name;
    }

    public function run($_arguments)
    {
        self::$ran[] = $this->name;
        return '';
    }
}

foreach (glob("$argv[1]/class-IXR-{error,date,base64,value,message,server}.php", GLOB_BRACE) as $file) {
    require $file;
}

class Server extends IXR_Server
{
    public function __construct($methods)
    {
        foreach ($methods as $method) {
            $this->callbacks[$method] = array(new Witness($method), 'run');
        }
        $this->callbacks['system.multicall'] = 'this:multiCall';
    }

    public function multiCall($calls)
    {
        Witness::$ran[] = 'system.multicall';
        return parent::multiCall($calls);
    }

    public function output($_xml)
    {
        throw new Answered();
    }
}

$methods = explode(' ', trim(fgets(STDIN)));
while (($line = fgets(STDIN)) !== false) {
    $length = (int) $line;
    $body = $length ? stream_get_contents(STDIN, $length) : '';
    if (isset($argv[2])) {
        $body = trim($body);
    }
    Witness::$ran = array();
    try {
        if ($body) {  // what is false is read from php://input again, which is the same
            (new Server($methods))->serve($body);
        }
    } catch (Throwable $_error) {
        // What has run before, has run.
    }
    echo implode(' ', Witness::$ran), "\n";
}
