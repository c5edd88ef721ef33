// Runs the genuine in-memory node of go-local v0.1.1 with partitions 1 to 3, prints where it listens, and ends when
// standard input does.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"github.com/atomix/api/proto/atomix/controller"
	"github.com/atomix/go-framework/pkg/atomix/registry"
	"github.com/atomix/go-local/pkg/atomix/local"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	partitions := []*controller.PartitionId{{Partition: 1}, {Partition: 2}, {Partition: 3}}
	if err := local.NewNode(listener, registry.Registry, partitions).Start(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}
