// Drives github.com/nspcc-dev/neofs-api-go/v2: messages, signatures and RPC, from which programs made their own clients.
package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"

	"github.com/nspcc-dev/neofs-api-go/v2/refs"
	"github.com/nspcc-dev/neofs-api-go/v2/rpc"
	"github.com/nspcc-dev/neofs-api-go/v2/rpc/client"
	"github.com/nspcc-dev/neofs-api-go/v2/session"
	"github.com/nspcc-dev/neofs-api-go/v2/signature"
	"github.com/nspcc-dev/neofs-api-go/v2/status"
)

// The API version that this release of the library implements.
const minor = 11

func connect(context.Context) (opener, error) {
	made := client.New(client.WithNetworkAddress(*address), client.WithTLSCfg(tlsConfig()))
	key := newKey()
	return func(ctx context.Context, expiration uint64) ([]byte, []byte, error) {
		var owner refs.OwnerID
		owner.SetValue(someOwner())
		var body session.CreateRequestBody
		body.SetOwnerID(&owner)
		body.SetExpiration(expiration)
		var version refs.Version
		version.SetMajor(2)
		version.SetMinor(minor)
		var meta session.RequestMetaHeader
		meta.SetVersion(&version)
		meta.SetTTL(2)
		var request session.CreateRequest
		request.SetBody(&body)
		request.SetMetaHeader(&meta)
		if err := signature.SignServiceMessage(key, &request); err != nil {
			return nil, nil, err
		}
		response, err := rpc.CreateSession(made, &request, client.WithContext(ctx))
		if err != nil {
			return nil, nil, err
		}
		if err := signature.VerifyServiceMessage(response); err != nil {
			return nil, nil, err
		}
		if state := response.GetMetaHeader().GetStatus(); !status.IsSuccess(state.Code()) {
			return nil, nil, fmt.Errorf("status %d: %s", state.Code(), state.Message())
		}
		if response.GetBody() == nil {
			return nil, nil, errors.New("no body")
		}
		return response.GetBody().GetID(), response.GetBody().GetSessionKey(), nil
	}, nil
}

// someOwner is a well-formed id: no node binds it to the signer.
func someOwner() []byte {
	id := append([]byte{0x35}, make([]byte, 20)...)
	first := sha256.Sum256(id)
	second := sha256.Sum256(first[:])
	return append(id, second[:4]...)
}

func main() {
	flag.Parse()
	serve(map[string]handler{"open": opening(connect)})
}
