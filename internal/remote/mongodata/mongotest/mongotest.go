// Package mongotest serves MongoDB's protocol to tests, by a server that others wrote.
//
// MongoDB itself is in no package registry that a build may use; FerretDB is, and keeps
// its documents in SQLite. It refuses to stand in for what only MongoDB has: it knows no
// collations, so that letters of either case are told apart, and no replica sets.
package mongotest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
)

// Database is the name of the database that tests use.
const Database = "test"

// FerretDB starts a server for a test, and returns its address and a client of the
// driver's own. scripts/ferretdb builds it; without it the test is skipped.
func FerretDB(t testing.TB) (address string, db *mongo.Database) {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skip("no FerretDB: there is no folder for it")
	}
	binary := filepath.Join(cache, "kept", "ferretdb")
	if _, err := os.Stat(binary); err != nil {
		t.Skip("no FerretDB: scripts/ferretdb builds it")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address = l.Addr().String()
	l.Close()
	cmd := exec.Command(binary, address, t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	client, err := mongo.Connect(options.Client().SetHosts([]string{address}).SetDirect(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Disconnect(t.Context()) })
	if err := client.Ping(t.Context(), nil); err != nil { // the driver waits for it
		t.Fatal(err)
	}
	return address, client.Database(Database)
}
