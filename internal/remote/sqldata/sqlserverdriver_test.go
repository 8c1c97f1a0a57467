//go:build sqlserver

package sqldata

import (
	"testing"

	mssql "github.com/microsoft/go-mssqldb"

	"kept/internal/fault"
)

// No SQL Server could be had where this is built: its errors are held by their
// numbers.
func TestErrorsOfSQLServer(t *testing.T) {
	d := sqlserver{}
	for number, want := range map[int32]fault.Kind{547: fault.Conflict, 2627: fault.Conflict, 208: fault.NotFound, 229: fault.Forbidden, 18456: fault.Unavailable, 102: fault.Internal} {
		if got := d.classify(mssql.Error{Number: number}); got != want {
			t.Errorf("error %d is %s", number, got)
		}
	}
	source, err := Open(Config{Kind: SQLServer, Address: "db.example:1433", User: "kept", Database: "shop"})
	if err != nil {
		t.Fatal(err)
	}
	source.Close()
}
