package main

import (
	"database/sql"

	"github.com/rogpeppe/go-internal/testscript"
)

// otherSystem runs the SQL of a file on a SQLite file that stands for another
// system.
func otherSystem(ts *testscript.TestScript, _ bool, args []string) {
	db, err := sql.Open("sqlite", "file:"+ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(ts.ReadFile(args[1]))
	ts.Check(err)
}
