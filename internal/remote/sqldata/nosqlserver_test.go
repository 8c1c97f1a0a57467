//go:build !sqlserver

package sqldata

import (
	"strings"
	"testing"

	"kept/internal/fault"
)

// Who wants SQL Server is told which build has it.
func TestTheUsualBuildSaysHowToGetSQLServer(t *testing.T) {
	_, err := Open(Config{Kind: SQLServer, Address: "db.example:1433"})
	if fault.KindOf(err) != fault.Invalid || !strings.Contains(err.Error(), "make build TAGS=sqlserver") {
		t.Error(err)
	}
}
