//go:build !sqlserver

package sqldata

import (
	"database/sql"

	"kept/internal/fault"
)

// open is not there in the usual build: the driver is 1.6 MB of the program, and
// few need it.
func (sqlserver) open(Config) (*sql.DB, error) {
	return nil, fault.New(fault.Invalid, "this build does not speak to SQL Server; build one that does: make build TAGS=sqlserver")
}

func (sqlserver) classify(error) fault.Kind { return fault.Internal }
