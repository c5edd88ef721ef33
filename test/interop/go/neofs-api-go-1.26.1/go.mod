module interop

go 1.25.0

require (
	github.com/nspcc-dev/neofs-api-go v1.26.1
	google.golang.org/grpc v1.29.1
)

require (
	github.com/btcsuite/btcd v0.20.1-beta // indirect
	github.com/golang/protobuf v1.4.3 // indirect
	github.com/google/uuid v1.1.1 // indirect
	github.com/hashicorp/golang-lru v0.5.4 // indirect
	github.com/mr-tron/base58 v1.2.0 // indirect
	github.com/nspcc-dev/hrw v1.0.9 // indirect
	github.com/nspcc-dev/neo-go v0.95.0 // indirect
	github.com/nspcc-dev/neofs-crypto v0.3.0 // indirect
	github.com/nspcc-dev/rfc6979 v0.2.0 // indirect
	github.com/spaolacci/murmur3 v1.1.0 // indirect
	golang.org/x/crypto v0.0.0-20190701094942-4def268fd1a4 // indirect
	golang.org/x/net v0.0.0-20190620200207-3b0461eec859 // indirect
	golang.org/x/sys v0.0.0-20201119102817-f84b799fce68 // indirect
	golang.org/x/text v0.3.0 // indirect
	google.golang.org/genproto v0.0.0-20190819201941-24fa4b261c55 // indirect
	google.golang.org/protobuf v1.23.0 // indirect
)

// No longer served; required by a requirement that needs nothing of it.
exclude github.com/nspcc-dev/dbft v0.0.0-20191209120240-0d6b7568d9ae

// Their own v0.3.0 panics since Go 1.19; this one makes the same signatures.
replace github.com/nspcc-dev/neofs-crypto => github.com/nspcc-dev/neofs-crypto v0.4.0
