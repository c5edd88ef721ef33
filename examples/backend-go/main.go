// A backend behind the session gateway, as small as it can be: it finds a session that a client has opened at the gateway, and
// does as a storage node does with an object that it stores for that session: it makes its id and signs it with the session's
// key. The key itself never leaves the gateway. README.md tells how to run it.
package main

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	cid "github.com/nspcc-dev/neofs-sdk-go/container/id"
	neofscrypto "github.com/nspcc-dev/neofs-sdk-go/crypto"
	"github.com/nspcc-dev/neofs-sdk-go/object"
	"github.com/nspcc-dev/neofs-sdk-go/user"
	"google.golang.org/grpc/status"

	"session-gateway.example/backend/sessionkeys"
)

const lookupTimeout = 5 * time.Second

// named says which session is meant, in one of the two ways in which tokens do.
type named struct {
	id      string // a UUID or hex, with owner
	owner   string // base58
	account string // base58
}

// result is what is printed for each object.
type result struct {
	Object     string `json:"object"` // the whole object, hex
	ID         string `json:"id"`     // of the object
	Signature  string `json:"signature"`
	PublicKey  string `json:"publicKey"` // of the session
	Scheme     int    `json:"scheme"`
	Generation string `json:"generation"` // of the client that opened the session
	LastEpoch  string `json:"lastEpoch"`  // of the session
}

func main() {
	var at access
	var who named
	flag.StringVar(&at.address, "keys", "", "where the gateway serves session keys: unix:PATH or HOST:PORT")
	flag.StringVar(&at.tokenFile, "token-file", "", "file with a token that has the role sign")
	flag.StringVar(&at.authority, "authority", "", "PEM file: who signed the gateway's certificate; without it there is no TLS")
	flag.StringVar(&at.certificate, "certificate", "", "PEM file: the own certificate")
	flag.StringVar(&at.privateKey, "private-key", "", "PEM file: its key")
	flag.StringVar(&who.id, "id", "", "the session, by its id, a UUID or hex; takes -owner, too")
	flag.StringVar(&who.owner, "owner", "", "who opened it, base58")
	flag.StringVar(&who.account, "account", "", "the session, by the account of its key, base58")
	scheme := flag.Int("scheme", 0, "0 ECDSA with SHA-512, 1 RFC 6979 with SHA-256, 2 WalletConnect")
	count := flag.Int("count", 1, "how many objects to sign")
	flag.Parse()
	if err := run(at, who, neofscrypto.Scheme(*scheme), *count, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, explain(err))
		os.Exit(1)
	}
}

func run(at access, who named, scheme neofscrypto.Scheme, count int, payload io.Reader, out io.Writer) error {
	ref, err := who.ref()
	if err != nil {
		return err
	}
	content, err := io.ReadAll(payload)
	if err != nil {
		return err
	}
	connection, err := at.connect()
	if err != nil {
		return err
	}
	defer connection.Close()
	keys := sessionkeys.NewSessionKeysClient(connection)

	ctx, cancel := context.WithTimeout(context.Background(), lookupTimeout)
	defer cancel()
	answer, err := keys.Lookup(ctx, &sessionkeys.LookupRequest{Session: ref})
	if err != nil {
		return fmt.Errorf("Lookup: %w", err)
	}
	found := answer.GetSession()
	signer, err := newSessionSigner(keys, ref, scheme, found)
	if err != nil {
		return err
	}
	written := json.NewEncoder(out)
	for range count {
		made, err := makeObject(found, signer, content)
		if err != nil {
			return err
		}
		signature := made.Signature()
		if err := written.Encode(result{
			Object:     hex.EncodeToString(made.Marshal()),
			ID:         hex.EncodeToString(made.SignedData()),
			Signature:  hex.EncodeToString(signature.Value()),
			PublicKey:  hex.EncodeToString(signature.PublicKeyBytes()),
			Scheme:     int(signature.Scheme()),
			Generation: found.GetGeneration(),
			LastEpoch:  fmt.Sprint(found.GetLifetime().GetEpochs().GetLastEpoch()),
		}); err != nil {
			return err
		}
	}
	return nil
}

// makeObject does what a storage node does with the objects of a session, and checks the outcome as any other node would.
func makeObject(found *sessionkeys.Session, signer neofscrypto.Signer, content []byte) (*object.Object, error) {
	owner, err := ownerOf(found.GetOwner())
	if err != nil {
		return nil, err
	}
	made := object.New(cid.ID{1}, owner)
	made.SetPayload(content)
	made.SetPayloadSize(uint64(len(content)))
	if err := made.SetVerificationFields(signer); err != nil {
		return nil, err
	}
	var received object.Object
	if err := received.Unmarshal(made.Marshal()); err != nil {
		return nil, err
	}
	if err := received.CheckVerificationFields(); err != nil {
		return nil, fmt.Errorf("the SDK refuses the object: %w", err)
	}
	if !bytes.Equal(received.Signature().PublicKeyBytes(), found.GetPublicKey()) {
		return nil, errors.New("the object is signed with another key than the session's")
	}
	return &received, nil
}

func (n named) ref() (*sessionkeys.SessionRef, error) {
	if n.account != "" {
		account, err := user.DecodeString(n.account)
		if err != nil {
			return nil, fmt.Errorf("-account: %w", err)
		}
		return &sessionkeys.SessionRef{By: &sessionkeys.SessionRef_Account{Account: account[:]}}, nil
	}
	id, err := hex.DecodeString(strings.ReplaceAll(n.id, "-", ""))
	if err != nil || len(id) == 0 {
		return nil, errors.New("takes -id (a UUID or hex) and -owner, or -account")
	}
	owner, err := user.DecodeString(n.owner)
	if err != nil {
		return nil, fmt.Errorf("-owner: %w", err)
	}
	owned := &sessionkeys.OwnedId{Id: id, Owner: owner[:]}
	return &sessionkeys.SessionRef{By: &sessionkeys.SessionRef_Owned{Owned: owned}}, nil
}

func ownerOf(bytes []byte) (user.ID, error) {
	if len(bytes) != user.IDSize {
		return user.ID{}, errors.New("the session has no owner")
	}
	return user.ID(bytes), nil
}

// explain puts the code of gRPC first: programs look at it, and the text is for people.
func explain(err error) string {
	var refused interface{ GRPCStatus() *status.Status }
	if errors.As(err, &refused) {
		return fmt.Sprintf("%s: %s", refused.GRPCStatus().Code(), refused.GRPCStatus().Message())
	}
	return err.Error()
}
