module interop

go 1.25.0

require github.com/nspcc-dev/neofs-sdk-go v1.0.0-rc.6

require (
	github.com/antlr/antlr4/runtime/Go/antlr v0.0.0-20210521073959-f0d4d129b7f1 // indirect
	github.com/btcsuite/btcd v0.22.0-beta // indirect
	github.com/golang/protobuf v1.5.0 // indirect
	github.com/google/uuid v1.2.0 // indirect
	github.com/hashicorp/golang-lru v0.5.4 // indirect
	github.com/mr-tron/base58 v1.2.0 // indirect
	github.com/nspcc-dev/hrw v1.0.9 // indirect
	github.com/nspcc-dev/neo-go v0.99.1 // indirect
	github.com/nspcc-dev/neofs-api-go/v2 v2.13.0 // indirect
	github.com/nspcc-dev/neofs-crypto v0.3.0 // indirect
	github.com/nspcc-dev/rfc6979 v0.2.0 // indirect
	github.com/nspcc-dev/tzhash v1.6.1 // indirect
	github.com/spaolacci/murmur3 v1.1.0 // indirect
	go.uber.org/atomic v1.9.0 // indirect
	go.uber.org/multierr v1.6.0 // indirect
	go.uber.org/zap v1.18.1 // indirect
	golang.org/x/crypto v0.0.0-20210711020723-a769d52b0f97 // indirect
	golang.org/x/net v0.0.0-20211015210444-4f30a5c0130f // indirect
	golang.org/x/sys v0.0.0-20220114195835-da31bd327af9 // indirect
	golang.org/x/text v0.3.7 // indirect
	google.golang.org/genproto v0.0.0-20200526211855-cb27e3aa2013 // indirect
	google.golang.org/grpc v1.41.0 // indirect
	google.golang.org/protobuf v1.27.1 // indirect
)

// No longer served; required by a requirement that needs nothing of it.
exclude github.com/nspcc-dev/dbft v0.0.0-20191209120240-0d6b7568d9ae

// Their own v0.3.0 panics since Go 1.19; this one makes the same signatures.
replace github.com/nspcc-dev/neofs-crypto => github.com/nspcc-dev/neofs-crypto v0.4.0
