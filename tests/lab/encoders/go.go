package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/kolo/xmlrpc"
)

func convert(value interface{}) interface{} {
	switch each := value.(type) {
	case []interface{}:
		for at := range each {
			each[at] = convert(each[at])
		}
		return each
	case map[string]interface{}:
		if size, ok := each["base64"].(float64); ok {
			bytes := make([]byte, int(size))
			for at := range bytes {
				bytes[at] = byte(at * 7 % 256)
			}
			return xmlrpc.Base64(bytes)
		}
		for name := range each {
			each[name] = convert(each[name])
		}
		return each
	case float64:
		if each == float64(int(each)) {
			return int(each)
		}
	}
	return value
}

func main() {
	text, _ := os.ReadFile(os.Args[1])
	var calls [][]interface{}
	if err := json.Unmarshal(text, &calls); err != nil {
		panic(err)
	}
	for _, call := range calls {
		arguments := convert(call[1]).([]interface{})
		body, err := xmlrpc.EncodeMethodCall(call[0].(string), arguments...)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%d\n%s", len(body), body)
	}
}
