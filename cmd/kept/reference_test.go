package main

//go:generate go test -run ^TestReference.*IsUpToDate$ -update .

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var update = flag.Bool("update", false, "write docs/reference/commands.md anew")

const referenceFile = "../../docs/reference/commands.md"

// The reference of the commands is made from the commands.
func TestReferenceIsUpToDate(t *testing.T) {
	made := reference(command())
	if *update {
		if err := os.WriteFile(referenceFile, []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(referenceFile)
	if err != nil {
		t.Fatal(err)
	}
	if string(kept) != made {
		t.Error("docs/reference/commands.md is out of date; make it anew with: make generate")
	}
}

// Every command shows an example.
func TestEveryCommandHasAnExample(t *testing.T) {
	walk(command(), func(c *cobra.Command) {
		if c.Example == "" || c.Short == "" {
			t.Errorf("%s has no example or no short description", c.CommandPath())
		}
	})
}

func walk(c *cobra.Command, f func(*cobra.Command)) {
	f(c)
	for _, sub := range c.Commands() {
		if !sub.Hidden && sub.Name() != "help" && sub.Name() != "completion" {
			walk(sub, f)
		}
	}
}

func reference(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# Commands\n\nMade from the program; `kept COMMAND --help` says the same. Exit codes: 0 fine, 1 a finding\nor a failure, 2 misuse. `kept completion bash|zsh|fish|powershell` prints completion.\n")
	walk(root, func(c *cobra.Command) {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", c.CommandPath(), c.Short)
		if c.Long != "" {
			fmt.Fprintf(&b, "\n%s\n", c.Long)
		}
		fmt.Fprintf(&b, "\n```\n%s\n```\n", unindent(c.Example))
		if flags := c.NonInheritedFlags().FlagUsages(); flags != "" {
			fmt.Fprintf(&b, "\n```\n%s```\n", flags)
		}
	})
	return b.String()
}

// unindent takes away the two spaces by which examples stand in a help text.
func unindent(example string) string {
	return strings.ReplaceAll(strings.TrimSpace(example), "\n  ", "\n")
}
