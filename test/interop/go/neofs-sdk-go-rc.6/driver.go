package main

// The same in the folder of every client: reads commands from standard input, one JSON object a line, and answers each
// with one or more JSON objects on standard output. The other side is test/interop/program.ts.

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"log"
	"os"
	"sync"
	"time"
)

// command asks for something to be done, count times at once.
type command struct {
	ID         int    `json:"id"`
	Do         string `json:"do"`
	Count      int    `json:"count"`
	PatienceMs int    `json:"patience_ms"` // after which the context of the call ends
	Fresh      bool   `json:"fresh"`       // with a client, and so a connection, of its own
	Expiration uint64 `json:"expiration,string"`
	Partition  int    `json:"partition"`
	TimeoutMs  int    `json:"timeout_ms"`
	Session    string `json:"session"`
}

// outcome is what came of one of them.
type outcome struct {
	Command int    `json:"command"`
	Session string `json:"session"` // the id in hex, or PARTITION:NUMBER
	Key     string `json:"key"`     // the session key in hex
	Error   string `json:"error"`   // empty if it worked
	TookMs  int64  `json:"took_ms"`
}

type handler func(context.Context, command) (outcome, error)

var (
	address   = flag.String("address", "", "host:port of the gateway")
	authority = flag.String("authority", "", "PEM file: the gateway has TLS, with a certificate that this authority signed")
)

// tlsConfig is nil for plaintext.
func tlsConfig() *tls.Config {
	if *authority == "" {
		return nil
	}
	pem, err := os.ReadFile(*authority)
	if err != nil {
		log.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: pool}
}

// serve ends when standard input does.
func serve(handlers map[string]handler) {
	var writing sync.Mutex
	out := json.NewEncoder(os.Stdout)
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		var asked command
		if err := json.Unmarshal(in.Bytes(), &asked); err != nil {
			log.Fatal(err)
		}
		handle, known := handlers[asked.Do]
		if !known {
			log.Fatalf("no such command: %q", asked.Do)
		}
		for range asked.Count {
			go func() {
				ctx, cancel := context.WithTimeout(context.Background(), time.Duration(asked.PatienceMs)*time.Millisecond)
				defer cancel()
				began := time.Now()
				done, err := handle(ctx, asked)
				done.Command = asked.ID
				done.TookMs = time.Since(began).Milliseconds()
				if err != nil {
					done.Error = err.Error()
				}
				writing.Lock()
				defer writing.Unlock()
				_ = out.Encode(done)
			}()
		}
	}
}
