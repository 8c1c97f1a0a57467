package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// format is a form of output: text for people, json for programs, and what else
// a command offers.
type format string

const (
	asText     format = "text"
	asJSON     format = "json"
	asMarkdown format = "markdown"
	asSARIF    format = "sarif"
	asCSV      format = "csv"
)

// formatFlag is the flag --format with its shorthand --json.
type formatFlag struct {
	value   *format
	offered []format
}

// addFormat adds --format, with the first of offered unless given, and --json as
// every command has it.
func addFormat(cmd *cobra.Command, value *format, offered ...format) {
	*value = offered[0]
	f := formatFlag{value: value, offered: offered}
	cmd.Flags().Var(f, "format", "form of the output: "+f.list(", "))
	cmd.Flags().BoolFunc("json", "the same as --format json", func(on string) error {
		if on == "true" {
			*value = asJSON
		}
		return nil
	})
	completeWords(cmd, "format", f.words()...)
}

func (f formatFlag) words() []string {
	var words []string
	for _, o := range f.offered {
		words = append(words, string(o))
	}
	return words
}

func (f formatFlag) list(between string) string { return strings.Join(f.words(), between) }

// String implements pflag.Value.
func (f formatFlag) String() string { return string(*f.value) }

// Type implements pflag.Value.
func (f formatFlag) Type() string { return "FORMAT" }

// Set implements pflag.Value.
func (f formatFlag) Set(word string) error {
	if !slices.Contains(f.offered, format(word)) {
		return misuse("the formats are %s, not %q", f.list(", "), word)
	}
	*f.value = format(word)
	return nil
}

// completeWords lets a shell complete a flag with words.
func completeWords(cmd *cobra.Command, flag string, words ...string) {
	complete := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return words, cobra.ShellCompDirectiveNoFileComp
	}
	if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil { // the flag is not there
		panic(err)
	}
}

// completePolicies lets a shell complete arguments with policy files.
func completePolicies(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return []string{"yaml", "yml"}, cobra.ShellCompDirectiveFilterFileExt
}
