// Drives github.com/nspcc-dev/neofs-api-go of July 2020: dialect C.
package main

import (
	"context"
	"flag"

	"github.com/nspcc-dev/neofs-api-go/refs"
	"github.com/nspcc-dev/neofs-api-go/session"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

func connect(context.Context) (opener, error) {
	security := grpc.WithInsecure()
	if config := tlsConfig(); config != nil {
		security = grpc.WithTransportCredentials(credentials.NewTLS(config))
	}
	conn, err := grpc.Dial(*address, security)
	if err != nil {
		return nil, err
	}
	key := newKey()
	owner, err := refs.NewOwnerID(&key.PublicKey)
	if err != nil {
		return nil, err
	}
	creator, err := session.NewGRPCCreator(conn, key)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, expiration uint64) ([]byte, []byte, error) {
		params := session.NewParams()
		params.SetOwnerID(owner)
		params.SetExpirationEpoch(expiration)
		created, err := creator.Create(ctx, params)
		if err != nil {
			return nil, nil, err
		}
		id := created.GetID()
		return id[:], created.GetSessionKey(), nil
	}, nil
}

func main() {
	flag.Parse()
	serve(map[string]handler{"open": opening(connect)})
}
