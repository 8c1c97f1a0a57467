package app

import (
	"context"
	"fmt"

	"kept/internal/duty/dataset"
	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// openEstate joins the systems that the connections file names. Nothing is dialled
// yet: a system that is down keeps no instance from starting.
func (a *App) openEstate(ctx context.Context) error {
	c := dataset.Config{
		Dir: a.Config.Data, DB: a.DB, Vault: a.Vault, Clock: a.Clock, Policy: a.InForce.Now, Holds: a.Subjects.Holds,
	}
	files, err := connections(a.Config.Connections)
	if err != nil {
		return err
	}
	for _, f := range files.Findings {
		a.Log.Warn("connections", "place", fmt.Sprintf("%s:%s", f.File, f.Pos), "problem", f.Problem, "remedy", f.Remedy)
	}
	c.Datasets = files.Datasets
	if c.Systems, err = dataset.Connect(files.Connections, files.Datasets, a.Egress, a.Clock); err != nil {
		return err
	}
	a.Estate, err = dataset.Open(ctx, c)
	return err
}

// connections reads the file of connections and the datasets beside it; Invalid with
// every place if they cannot be used. Without a file there are none.
func connections(file string) (dataset.Files, error) {
	if file == "" {
		return dataset.Files{}, nil
	}
	files, err := dataset.Load(file)
	if err == nil && files.Findings.Failed() {
		err = fault.New(fault.Invalid, "the connections cannot be used:\n%w", files.Findings)
	}
	return files, err
}

// elsewhere is the estate, if there is anything in it.
func (a *App) elsewhere() []rights.Elsewhere {
	if len(a.Estate.Systems()) == 0 {
		return nil
	}
	return []rights.Elsewhere{a.Estate}
}
