package main

import (
	"context"
	"fmt"
	"time"

	neofscrypto "github.com/nspcc-dev/neofs-sdk-go/crypto"
	neofsecdsa "github.com/nspcc-dev/neofs-sdk-go/crypto/ecdsa"

	"session-gateway.example/backend/sessionkeys"
)

const signTimeout = 5 * time.Second

// sessionSigner signs with the key of a session, which stays in the gateway. The SDK takes it for any other signer.
type sessionSigner struct {
	keys    sessionkeys.SessionKeysClient
	session *sessionkeys.SessionRef
	scheme  neofscrypto.Scheme
	public  neofscrypto.PublicKey
}

// newSessionSigner makes a signer for a session that Lookup has found.
func newSessionSigner(
	keys sessionkeys.SessionKeysClient, ref *sessionkeys.SessionRef, scheme neofscrypto.Scheme, found *sessionkeys.Session,
) (*sessionSigner, error) {
	public, err := publicKey(scheme, found.GetPublicKey())
	if err != nil {
		return nil, err
	}
	return &sessionSigner{keys: keys, session: ref, scheme: scheme, public: public}, nil
}

func (s *sessionSigner) Scheme() neofscrypto.Scheme { return s.scheme }

func (s *sessionSigner) Public() neofscrypto.PublicKey { return s.public }

// Sign hands over the data, not its hash: hashing belongs to the scheme.
func (s *sessionSigner) Sign(data []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), signTimeout)
	defer cancel()
	signed, err := s.keys.Sign(ctx, &sessionkeys.SignRequest{
		Session: s.session,
		Data:    data,
		Scheme:  sessionkeys.Scheme(s.scheme),
	})
	if err != nil {
		return nil, err
	}
	return signed.GetSignature(), nil
}

func publicKey(scheme neofscrypto.Scheme, compressed []byte) (neofscrypto.PublicKey, error) {
	var key neofscrypto.PublicKey
	switch scheme {
	case neofscrypto.ECDSA_SHA512:
		key = new(neofsecdsa.PublicKey)
	case neofscrypto.ECDSA_DETERMINISTIC_SHA256:
		key = new(neofsecdsa.PublicKeyRFC6979)
	case neofscrypto.ECDSA_WALLETCONNECT:
		key = new(neofsecdsa.PublicKeyWalletConnect)
	default:
		return nil, fmt.Errorf("a session signs in the schemes 0, 1 and 2, not in %d", scheme)
	}
	if err := key.Decode(compressed); err != nil {
		return nil, fmt.Errorf("the public key of the session: %w", err)
	}
	return key, nil
}
