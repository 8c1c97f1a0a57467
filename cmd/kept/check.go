package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/policy"
	"kept/internal/policy/sarif"
	"kept/internal/policy/source"
)

// longestPolicy is the most of a file that is read; the reader refuses it then.
const longestPolicy = 2 << 20

func checkCommand() *cobra.Command {
	var form format
	var strict bool
	var asOf string
	cmd := &cobra.Command{
		Use:   "check FILE…",
		Short: "Check policies and report every mistake at its place",
		Long: `Checks one or more policies; - reads one from the standard input. Every mistake
is reported at once, with its place, the reason with article or paragraph, and
how to mend it. Exit code 1 if there is a mistake, with --strict also if there
is a warning. --format sarif is what code hosts show beside the line.`,
		Example: `  kept check policy.yaml
  kept check --strict policies/*.yaml
  kept check --format sarif policy.yaml > kept.sarif
  kept check --as-of 2024-01-01 - < policy.yaml`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completePolicies,
		RunE: func(cmd *cobra.Command, files []string) error {
			day, err := dayOf(asOf)
			if err != nil {
				return err
			}
			all := policy.Findings{}
			var notRun []string
			for _, file := range files {
				name, src, err := readPolicy(cmd, file)
				if err != nil {
					return err
				}
				p, findings := policy.Load(name, src, app.Vocabulary(), day)
				if day.Before(clock.System.Now().AddDate(0, 0, -1)) {
					findings = slices.DeleteFunc(findings, isDatedLater)
				}
				all = append(all, findings...)
				if keys := planned(p); len(keys) > 0 {
					notRun = append(notRun, fmt.Sprintf("%s: this build does not run %s yet.", source.Visible(name), strings.Join(keys, ", ")))
				}
			}
			if err := printFindings(cmd.OutOrStdout(), all, form, len(files)); err != nil {
				return err
			}
			if form == asText && len(notRun) > 0 {
				fmt.Fprintln(cmd.OutOrStdout(), strings.Join(notRun, "\n"))
			}
			if all.HasErrors() || strict && len(all) > 0 {
				return errFinding
			}
			return nil
		},
	}
	addFormat(cmd, &form, asText, asJSON, asSARIF)
	cmd.Flags().BoolVar(&strict, "strict", false, "a warning is a finding too")
	cmd.Flags().StringVar(&asOf, "as-of", "", "check by the rules of this day (YYYY-MM-DD); today unless given")
	return cmd
}

// isDatedLater is the warning of a date after the day of the check. A policy of today
// that is checked by the rules of a day gone by is full of them, and none is a slip.
func isDatedLater(f policy.Finding) bool { return f.Code == "K418" }

// dayOf reads the day by whose rules a policy is checked, today unless given.
func dayOf(asOf string) (time.Time, error) {
	if asOf == "" {
		return clock.System.Now(), nil
	}
	day, err := time.Parse(time.DateOnly, asOf)
	if err != nil {
		return day, misuse("--as-of takes a day like 2024-01-01, not %q", asOf)
	}
	return day, nil
}

func printFindings(w io.Writer, findings policy.Findings, form format, files int) error {
	switch form {
	case asJSON:
		return printJSON(w, findings)
	case asSARIF:
		return sarif.Write(w, version, findings)
	}
	if len(findings) == 0 && files == 1 {
		_, err := fmt.Fprintln(w, "No mistakes.")
		return err
	}
	err := findings.Write(w)
	if err == nil && len(findings) > 0 {
		_, err = fmt.Fprintln(w)
	}
	if err == nil {
		_, err = fmt.Fprintln(w, summary(findings, files))
	}
	return err
}

// summary counts what was found: 2 mistakes and 1 warning in 3 files.
func summary(findings policy.Findings, files int) string {
	mistakes, warnings := findings.Count(policy.Mistake), findings.Count(policy.Warning)
	found := "No mistakes"
	switch {
	case mistakes > 0 && warnings > 0:
		found = counted(mistakes, "mistake") + " and " + counted(warnings, "warning")
	case mistakes > 0:
		found = counted(mistakes, "mistake")
	case warnings > 0:
		found = "No mistakes, " + counted(warnings, "warning")
	}
	if files > 1 {
		found += " in " + counted(files, "file")
	}
	return found + "."
}

// counted writes a number with its noun: 1 file, 2 files.
func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// fromInput is the name of a file that is read from the standard input.
const fromInput = "-"

// readPolicy reads a file, or the standard input for -, and returns the name
// that findings call it by.
func readPolicy(cmd *cobra.Command, file string) (name string, src []byte, err error) {
	if file == fromInput {
		src, err = io.ReadAll(io.LimitReader(cmd.InOrStdin(), longestPolicy))
		if err != nil {
			return "", nil, fmt.Errorf("read the standard input: %w", err)
		}
		return "stdin", src, nil
	}
	src, err = readFile(file)
	return file, src, err
}

func readFile(file string) ([]byte, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.Invalid, "there is no file %s", source.Visible(file))
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
	var form format
	cmd := &cobra.Command{
		Use:               "explain CODE",
		Short:             "Explain a finding: what it means, the law behind it, wrong and right",
		Example:           "  kept explain K204",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: completeCodes,
		RunE: func(cmd *cobra.Command, args []string) error {
			e, known := policy.Explain(strings.ToUpper(args[0]))
			if !known {
				return misuse("there is no finding %q; codes look like K204", args[0])
			}
			if form == asJSON {
				return printJSON(cmd.OutOrStdout(), e)
			}
			return e.Write(cmd.OutOrStdout())
		},
	}
	addFormat(cmd, &form, asText, asJSON)
	return cmd
}

func completeCodes(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	var codes []string
	for _, e := range policy.Codes() {
		codes = append(codes, e.Code+"\t"+e.Title)
	}
	return codes, cobra.ShellCompDirectiveNoFileComp
}
