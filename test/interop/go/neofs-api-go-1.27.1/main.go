// Drives github.com/nspcc-dev/neofs-api-go, its high-level client.
package main

import (
	"context"
	"flag"

	"github.com/nspcc-dev/neofs-api-go/pkg/client"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
)

func connect(context.Context) (opener, error) {
	option := client.WithAddress(*address)
	if config := tlsConfig(); config != nil {
		conn, err := grpc.Dial(*address, grpc.WithTransportCredentials(credentials.NewTLS(config)))
		if err != nil {
			return nil, err
		}
		option = client.WithGRPCConnection(conn)
	}
	made, err := client.New(option, client.WithDefaultPrivateKey(newKey()))
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, expiration uint64) ([]byte, []byte, error) {
		token, err := made.CreateSession(ctx, expiration)
		if err != nil {
			return nil, nil, err
		}
		return token.ID(), token.SessionKey(), nil
	}, nil
}

func main() {
	flag.Parse()
	serve(map[string]handler{"open": opening(connect)})
}
