// Drives github.com/nspcc-dev/neofs-sdk-go: its client, and its pool.
package main

import (
	"context"
	"flag"
	"fmt"
	"strings"

	"github.com/nspcc-dev/neofs-sdk-go/client"
	cid "github.com/nspcc-dev/neofs-sdk-go/container/id"
	oid "github.com/nspcc-dev/neofs-sdk-go/object/id"
	"github.com/nspcc-dev/neofs-sdk-go/pool"
	"github.com/nspcc-dev/neofs-sdk-go/user"
)

func connect(ctx context.Context) (opener, error) {
	dialled, err := client.New(client.PrmInit{})
	if err != nil {
		return nil, err
	}
	var dial client.PrmDial
	dial.SetContext(ctx)
	dial.SetServerURI(endpoint())
	dial.SetTLSConfig(tlsConfig())
	if err := dialled.Dial(dial); err != nil {
		return nil, fmt.Errorf("Dial: %w", err)
	}
	signer := user.NewAutoIDSigner(*newKey())
	return func(ctx context.Context, expiration uint64) ([]byte, []byte, error) {
		var prm client.PrmSessionCreate
		prm.SetExp(expiration)
		created, err := dialled.SessionCreate(ctx, signer, prm)
		if err != nil {
			return nil, nil, err
		}
		return created.ID(), created.PublicKey(), nil
	}, nil
}

// The pool opens a session when it first changes something in a container. What it changes is not there.
func openByPool(ctx context.Context, _ command) (outcome, error) {
	signer := user.NewAutoIDSignerRFC6979(*newKey())
	nodes, err := pool.New(pool.NewFlatNodeParams([]string{endpoint()}), signer, pool.DefaultOptions())
	if err != nil {
		return outcome{}, err
	}
	if err := nodes.Dial(ctx); err != nil {
		return outcome{}, fmt.Errorf("Dial: %w", err)
	}
	_, err = nodes.ObjectDelete(ctx, cid.ID{1}, oid.ID{1}, signer, client.PrmObjectDelete{})
	if err != nil && strings.HasPrefix(err.Error(), "session: ") {
		return outcome{}, err
	}
	return outcome{}, nil
}

func endpoint() string {
	if *authority == "" {
		return "grpc://" + *address
	}
	return "grpcs://" + *address
}

func main() {
	flag.Parse()
	serve(map[string]handler{"open": opening(connect), "pool": openByPool})
}
