// Runs the genuine in-memory node of go-local v0.5.1 with partitions 1 to 3, prints where it listens, and ends when
// standard input does.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"

	"github.com/atomix/go-framework/pkg/atomix/primitive"
	"github.com/atomix/go-local/pkg/atomix/local"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	if err := local.NewNode(listener, []primitive.PartitionID{1, 2, 3}).Start(); err != nil {
		log.Fatal(err)
	}
	fmt.Println(listener.Addr())
	_, _ = io.Copy(io.Discard, os.Stdin)
}
