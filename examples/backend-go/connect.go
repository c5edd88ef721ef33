package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// access says where the gateway answers backends, and with what a backend shows who it is: a token, a certificate, or both.
type access struct {
	address     string // unix:PATH or HOST:PORT
	tokenFile   string
	authority   string // PEM: who signed the gateway's certificate; empty for a connection without TLS
	certificate string // PEM
	privateKey  string // PEM
}

func (a access) connect() (*grpc.ClientConn, error) {
	transport, err := a.transport()
	if err != nil {
		return nil, err
	}
	options := []grpc.DialOption{grpc.WithTransportCredentials(transport)}
	if a.tokenFile != "" {
		text, err := os.ReadFile(a.tokenFile)
		if err != nil {
			return nil, err
		}
		options = append(options, grpc.WithPerRPCCredentials(bearer(strings.TrimSpace(string(text)))))
	}
	return grpc.NewClient(a.address, options...)
}

func (a access) transport() (credentials.TransportCredentials, error) {
	if a.authority == "" {
		return insecure.NewCredentials(), nil
	}
	pem, err := os.ReadFile(a.authority)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, errors.New(a.authority + " holds no certificate")
	}
	config := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if a.certificate != "" {
		own, err := tls.LoadX509KeyPair(a.certificate, a.privateKey)
		if err != nil {
			return nil, fmt.Errorf("the own certificate: %w", err)
		}
		config.Certificates = []tls.Certificate{own}
	}
	return credentials.NewTLS(config), nil
}

// bearer is a token of the gateway's admin.tokens with the role sign.
type bearer string

func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + string(b)}, nil
}

// RequireTransportSecurity is false for the sake of unix sockets and loopback. The gateway offers nothing else without TLS.
func (bearer) RequireTransportSecurity() bool { return false }
