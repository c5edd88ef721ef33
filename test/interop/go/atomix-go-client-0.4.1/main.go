// Drives github.com/atomix/go-client: a session of its own, or those of a database.
package main

import (
	"context"
	"flag"
	"fmt"
	"sync"
	"time"

	"github.com/atomix/go-client/pkg/client"
	"github.com/atomix/go-client/pkg/client/primitive"
	"github.com/atomix/go-client/pkg/client/util/net"
)

var sessions sync.Map // *primitive.Session by PARTITION:NUMBER

func open(ctx context.Context, asked command) (outcome, error) {
	partition := primitive.Partition{ID: asked.Partition, Address: net.Address(*address)}
	session, err := primitive.NewSession(ctx, partition, primitive.WithSessionTimeout(timeout(asked)))
	if err != nil {
		return outcome{}, err
	}
	name := fmt.Sprintf("%d:%d", asked.Partition, session.SessionID)
	sessions.Store(name, session)
	return outcome{Session: name}, nil
}

func closeSession(_ context.Context, asked command) (outcome, error) {
	session, known := sessions.Load(asked.Session)
	if !known {
		return outcome{}, fmt.Errorf("session %s was not opened here", asked.Session)
	}
	return outcome{Session: asked.Session}, session.(*primitive.Session).Close()
}

// The top-level client: joins its group, asks for the database, opens a session in each of its partitions.
func database(ctx context.Context, asked command) (outcome, error) {
	joining := client.WithJoinTimeout(time.Duration(asked.PatienceMs) * time.Millisecond)
	cluster, err := client.New(*address, joining, client.WithSessionTimeout(timeout(asked)))
	if err != nil {
		return outcome{}, fmt.Errorf("client.New: %w", err)
	}
	if _, err := cluster.GetDatabase(ctx, "db"); err != nil {
		return outcome{}, fmt.Errorf("GetDatabase: %w", err)
	}
	return outcome{}, nil
}

func timeout(asked command) time.Duration {
	return time.Duration(asked.TimeoutMs) * time.Millisecond
}

func main() {
	flag.Parse()
	serve(map[string]handler{"open": open, "close": closeSession, "database": database})
}
