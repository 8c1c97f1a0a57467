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
	if file := a.Config.Connections; file != "" {
		files, err := dataset.Load(file)
		if err != nil {
			return err
		}
		if files.Findings.Failed() {
			return fault.New(fault.Invalid, "the connections cannot be used: %w", files.Findings)
		}
		for _, f := range files.Findings {
			a.Log.Warn("connections", "place", fmt.Sprintf("%s:%s", f.File, f.Pos), "problem", f.Problem, "remedy", f.Remedy)
		}
		c.Datasets = files.Datasets
		if c.Systems, err = dataset.Connect(files.Connections, files.Datasets, a.Egress, a.Clock); err != nil {
			return err
		}
	}
	var err error
	a.Estate, err = dataset.Open(ctx, c)
	return err
}

// elsewhere is the estate, if there is anything in it.
func (a *App) elsewhere() []rights.Elsewhere {
	if len(a.Estate.Systems()) == 0 {
		return nil
	}
	return []rights.Elsewhere{a.Estate}
}
