// Drives github.com/nspcc-dev/neofs-sdk-go: its client, and its pool.
package main

import (
	"context"
	"flag"
	"time"

	"github.com/nspcc-dev/neofs-sdk-go/client"
	"github.com/nspcc-dev/neofs-sdk-go/pool"
)

func connect(context.Context) (opener, error) {
	var dialled client.Client
	var init client.PrmInit
	init.SetDefaultPrivateKey(*newKey())
	init.ResolveNeoFSFailures()
	dialled.Init(init)
	var dial client.PrmDial
	dial.SetServerURI(endpoint())
	dial.SetTLSConfig(tlsConfig())
	if err := dialled.Dial(dial); err != nil {
		return nil, err
	}
	return func(ctx context.Context, expiration uint64) ([]byte, []byte, error) {
		var prm client.PrmSessionCreate
		prm.SetExp(expiration)
		created, err := dialled.SessionCreate(ctx, prm)
		if err != nil {
			return nil, nil, err
		}
		return created.ID(), created.PublicKey(), nil
	}, nil
}

// The pool opens a session with each of its nodes at once.
func openByPool(ctx context.Context, _ command) (outcome, error) {
	var prm pool.InitParameters
	prm.SetKey(newKey())
	prm.SetNodeDialTimeout(5 * time.Second)
	prm.AddNode(pool.NewNodeParam(1, endpoint(), 1))
	nodes, err := pool.NewPool(prm)
	if err != nil {
		return outcome{}, err
	}
	return outcome{}, nodes.Dial(ctx)
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
