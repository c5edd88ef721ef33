module interop

go 1.25.0

require (
	github.com/nspcc-dev/neofs-api-go v1.30.0
	google.golang.org/grpc v1.41.0
)

require (
	github.com/btcsuite/btcd v0.20.1-beta // indirect
	github.com/golang/protobuf v1.5.2 // indirect
	github.com/google/uuid v1.1.2 // indirect
	github.com/hashicorp/golang-lru v0.5.4 // indirect
	github.com/mr-tron/base58 v1.2.0 // indirect
	github.com/nspcc-dev/hrw v1.0.9 // indirect
	github.com/nspcc-dev/neo-go v0.95.3 // indirect
	github.com/nspcc-dev/neofs-crypto v0.3.0 // indirect
	github.com/nspcc-dev/rfc6979 v0.2.0 // indirect
	github.com/spaolacci/murmur3 v1.1.0 // indirect
	golang.org/x/crypto v0.0.0-20200622213623-75b288015ac9 // indirect
	golang.org/x/net v0.0.0-20210928044308-7d9f5e0b762b // indirect
	golang.org/x/sys v0.0.0-20210927094055-39ccf1dd6fa6 // indirect
	golang.org/x/text v0.3.7 // indirect
	google.golang.org/genproto v0.0.0-20210928142010-c7af6a1a74c9 // indirect
	google.golang.org/protobuf v1.27.1 // indirect
)

// No longer served; required by a requirement that needs nothing of it.
exclude github.com/nspcc-dev/dbft v0.0.0-20191209120240-0d6b7568d9ae

// Their own v0.3.0 panics since Go 1.19; this one makes the same signatures.
replace github.com/nspcc-dev/neofs-crypto => github.com/nspcc-dev/neofs-crypto v0.4.0
