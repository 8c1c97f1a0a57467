package main

import (
	"github.com/spf13/cobra"

	"kept/internal/app"
)

// defaultData is where an instance lies unless told otherwise.
const defaultData = "./kept-data"

// addPlace adds the flags that say where an instance lies.
func addPlace(cmd *cobra.Command, place *app.Place) {
	f := cmd.Flags()
	f.StringVar(&place.Data, "data", defaultData, "folder of the instance: database, keys, journal")
	f.StringVar(&place.Database, "database", "", "PostgreSQL address (postgres://…); SQLite in --data unless given")
	f.StringVar(&place.Vault, "vault", "", "PostgreSQL address of the keys, on another server than the data")
	f.StringVar(&place.Master, "master-key", "", "where the master key comes from: FILE, env:NAME or exec:COMMAND (default DATA/master.key)")
	f.StringVar(&place.Connections, "connections", "", "file that says how other systems with data of the same people are reached")
	for _, name := range []string{"database", "vault"} {
		secretFromEnvironment(cmd, name)
	}
}

// secretFromEnvironment lets an address that may hold a password come from the
// environment: KEPT_DATABASE for --database.
func secretFromEnvironment(cmd *cobra.Command, name string) {
	flag := cmd.Flags().Lookup(name)
	flag.Usage += " [" + environmentName(name) + "]"
	before := cmd.PreRunE
	cmd.PreRunE = func(cmd *cobra.Command, args []string) error {
		if before != nil {
			if err := before(cmd, args); err != nil {
				return err
			}
		}
		return fillFromEnvironment(flag)
	}
}
