package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"kept/internal/app"
)

// writeWayIn says how the first person gets into the console, as long as nobody may.
// A stop that comes meanwhile is one of the instance, not a start that failed.
func writeWayIn(ctx context.Context, w io.Writer, a *app.App) error {
	people, err := a.Staff.List(context.WithoutCancel(ctx))
	if err != nil || len(people) > 0 {
		return err
	}
	_, err = fmt.Fprintf(w, `Sign in         kept user invite you@example.com%s
                (nobody may use the console yet; in another terminal, this prints a link that lets you in)
`, placeFlags(a.Config.Place))
	return err
}

// placeFlags are the flags by which another command finds the instance, except for what
// the environment says to every command. The addresses of databases may hold a password
// and stand there without it.
func placeFlags(place app.Place) (flags string) {
	if place.Data != defaultData {
		flags += " --data " + place.Data
	}
	for _, f := range [][2]string{{"database", place.Database}, {"vault", place.Vault}} {
		if name, value := f[0], f[1]; value != "" && os.Getenv(environmentName(name)) == "" {
			flags += " --" + name + " …"
		}
	}
	if place.Master != "" {
		flags += " --master-key …"
	}
	return flags
}
