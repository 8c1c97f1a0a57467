package main

import (
	"os"
	"strings"

	"github.com/spf13/pflag"
)

func environmentName(flag string) string {
	return "KEPT_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

// fillFromEnvironment sets a flag that was not given from its variable, or from
// the file that the variable with _FILE names.
func fillFromEnvironment(flag *pflag.Flag) error {
	if flag.Changed {
		return nil
	}
	name := environmentName(flag.Name)
	if file := os.Getenv(name + "_FILE"); file != "" {
		content, err := os.ReadFile(file)
		if err != nil {
			return misuse("%s_FILE: %v", name, err)
		}
		return flag.Value.Set(strings.TrimSpace(string(content)))
	}
	if value := os.Getenv(name); value != "" {
		return flag.Value.Set(value)
	}
	return nil
}
