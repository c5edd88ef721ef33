module interop

go 1.25.0

require github.com/nspcc-dev/neofs-api-go/v2 v2.11.1

require (
	github.com/golang/protobuf v1.5.0 // indirect
	github.com/mr-tron/base58 v1.2.0 // indirect
	github.com/nspcc-dev/neofs-crypto v0.3.0 // indirect
	github.com/nspcc-dev/rfc6979 v0.2.0 // indirect
	golang.org/x/net v0.0.0-20200822124328-c89045814202 // indirect
	golang.org/x/sys v0.0.0-20200323222414-85ca7c5b95cd // indirect
	golang.org/x/text v0.3.0 // indirect
	google.golang.org/genproto v0.0.0-20200526211855-cb27e3aa2013 // indirect
	google.golang.org/grpc v1.41.0 // indirect
	google.golang.org/protobuf v1.27.1 // indirect
)

// Their own v0.3.0 panics since Go 1.19; this one makes the same signatures.
replace github.com/nspcc-dev/neofs-crypto => github.com/nspcc-dev/neofs-crypto v0.4.0
