package main

// The same in the folder of every NeoFS client.

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/hex"
	"log"
	"sync"
)

// opener opens a session and returns its id and its key.
type opener func(ctx context.Context, expiration uint64) (id, key []byte, err error)

// opening answers "open": with the one client that connect made first, or with a fresh one.
func opening(connect func(context.Context) (opener, error)) handler {
	var connecting sync.Mutex
	var kept opener
	client := func(ctx context.Context, fresh bool) (opener, error) {
		if fresh {
			return connect(ctx)
		}
		connecting.Lock()
		defer connecting.Unlock()
		if kept != nil {
			return kept, nil
		}
		var err error
		kept, err = connect(ctx)
		return kept, err
	}
	return func(ctx context.Context, asked command) (outcome, error) {
		open, err := client(ctx, asked.Fresh)
		if err != nil {
			return outcome{}, err
		}
		id, key, err := open(ctx, asked.Expiration)
		return outcome{Session: hex.EncodeToString(id), Key: hex.EncodeToString(key)}, err
	}
}

// newKey is an owner's key.
func newKey() *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		log.Fatal(err)
	}
	return key
}
