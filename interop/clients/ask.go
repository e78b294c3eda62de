// Asks by Go's own HTTP client, as the vendor's does. Usage: ask ACCOUNT TOKEN URL. The body on stdout.
package main

import (
	"io"
	"log"
	"net/http"
	"os"
)

func main() {
	request, err := http.NewRequest("GET", os.Args[3], nil)
	if err != nil {
		log.Fatal(err)
	}
	request.SetBasicAuth(os.Args[1], os.Args[2])
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	if _, err := io.Copy(os.Stdout, answer.Body); err != nil {
		log.Fatal(err)
	}
}
