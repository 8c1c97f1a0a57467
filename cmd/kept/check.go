package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/policy"
)

// longestPolicy is the most of a file that is read; the reader refuses it then.
const longestPolicy = 2 << 20

func checkCommand() *cobra.Command {
	var asJSON, strict bool
	var asOf string
	cmd := &cobra.Command{
		Use:   "check FILE…",
		Short: "Check policies and report every mistake at its place",
		Long: `Checks one or more policies. Every mistake is reported at once, with its
place, the reason with article or paragraph, and how to mend it. Exit code 1 if
there is a mistake, with --strict also if there is a warning.`,
		Example: `  kept check policy.yaml
  kept check --json policy.yaml
  kept check --as-of 2024-01-01 policy.yaml`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, files []string) error {
			day := clock.System.Now()
			if asOf != "" {
				var err error
				if day, err = time.Parse(time.DateOnly, asOf); err != nil {
					return misuse("--as-of takes a day like 2024-01-01, not %q", asOf)
				}
			}
			all := policy.Findings{}
			for _, file := range files {
				src, err := readPolicy(file)
				if err != nil {
					return err
				}
				_, findings := policy.Load(file, src, app.Vocabulary(), day)
				all = append(all, findings...)
			}
			if err := printFindings(cmd.OutOrStdout(), all, asJSON); err != nil {
				return err
			}
			if all.HasErrors() || strict && len(all) > 0 {
				return errFinding
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	cmd.Flags().BoolVar(&strict, "strict", false, "a warning is a finding too")
	cmd.Flags().StringVar(&asOf, "as-of", "", "check by the rules of this day (YYYY-MM-DD); today unless given")
	return cmd
}

func printFindings(w io.Writer, findings policy.Findings, asJSON bool) error {
	if asJSON {
		return printJSON(w, findings)
	}
	if len(findings) == 0 {
		_, err := fmt.Fprintln(w, "No mistakes.")
		return err
	}
	return findings.Write(w)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func readPolicy(file string) ([]byte, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "there is no file %s", file)
	}
	if err != nil {
		return nil, fmt.Errorf("read the policy: %w", err)
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, fault.New(fault.Invalid, "%s is a folder, not a file", file)
	}
	src, err := io.ReadAll(io.LimitReader(f, longestPolicy))
	if err != nil {
		return nil, fmt.Errorf("read the policy %s: %w", file, err)
	}
	return src, nil
}

func explainCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:               "explain CODE",
		Short:             "Explain a finding: what it means, the law behind it, wrong and right",
		Example:           "  kept explain K204",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeCodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			e, known := policy.Explain(args[0])
			if !known {
				return misuse("there is no finding %q; codes look like K204", args[0])
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), e)
			}
			return e.Write(cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func completeCodes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var codes []string
	for _, e := range policy.Codes() {
		codes = append(codes, e.Code+"\t"+e.Title)
	}
	return codes, cobra.ShellCompDirectiveNoFileComp
}
