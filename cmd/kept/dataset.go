package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/duty/dataset"
	"kept/internal/egress"
	"kept/internal/mail"
	"kept/internal/policy"
)

func datasetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dataset",
		Short: "Look after the systems beside Kept that hold data of the same people",
		Long: `Files in fideslang's dataset format, in the folder datasets beside the connections
file, say what lies where; the connections file says how each system is reached.
These commands read; they change nothing, neither there nor in the files.`,
		Example: `  kept dataset annotate erp > datasets/erp.yml
  kept dataset check --policy policy.yaml
  kept dataset plan --identity email=ada@example.org`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(datasetAnnotate(), datasetCheck(), datasetPlan())
	return cmd
}

// defaultConnections is where connections lie unless told otherwise.
const defaultConnections = "connections.yml"

// datasetFlags are those of every command here.
type datasetFlags struct {
	connections, policy string
	out                 format
}

func (o *datasetFlags) add(cmd *cobra.Command, offered ...format) {
	cmd.Flags().StringVar(&o.connections, "connections", defaultConnections, "file that says how systems are reached")
	addFormat(cmd, &o.out, offered...)
}

// estate opens the systems without an instance; findings that keep it from that are
// printed.
func (o *datasetFlags) estate(ctx context.Context, w io.Writer) (*dataset.Estate, dataset.Findings, error) {
	files, err := dataset.Load(o.connections)
	if err != nil {
		return nil, nil, misuseError{err}
	}
	if files.Findings.Failed() {
		if err := files.Findings.Write(w); err != nil {
			return nil, nil, err
		}
		return nil, nil, errFinding
	}
	c := dataset.Config{Datasets: files.Datasets}
	if c.Systems, err = dataset.Connect(files.Connections, files.Datasets, egress.Bare(), clock.System); err != nil {
		return nil, nil, err
	}
	if o.policy != "" {
		src, err := os.ReadFile(o.policy)
		if err != nil {
			return nil, nil, misuse("the policy cannot be read: %v", err)
		}
		p, findings := policy.Load(o.policy, src, app.Vocabulary(), clock.System.Now())
		if findings.HasErrors() {
			return nil, nil, misuse("the policy has mistakes; see: kept check %s", o.policy)
		}
		c.Policy = func() *policy.Policy { return p }
	}
	e, err := dataset.Open(ctx, c)
	return e, files.Findings, err
}

func datasetAnnotate() *cobra.Command {
	var o datasetFlags
	cmd := &cobra.Command{
		Use:   "annotate CONNECTION",
		Short: "Propose what a dataset should say, from the live schema and some values",
		Long: `Reads the live schema and a few rows of each table, and proposes a data category
for every column that no dataset names yet, with how sure that is. Values are
looked at on this machine and printed nowhere. Without a dataset the output is a
file to begin with, otherwise a difference to review.`,
		Example: "  kept dataset annotate erp > datasets/erp.yml\n  kept dataset annotate erp --json",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, _, err := o.estate(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			defer e.Close()
			a, err := e.Annotate(cmd.Context(), args[0])
			switch {
			case err != nil:
				return err
			case o.out == asJSON:
				return writeAsJSON(cmd.OutOrStdout(), a)
			case a.File == "":
				return a.WriteYAML(cmd.OutOrStdout())
			case len(a.Proposals)+len(a.Gone) == 0:
				_, err := fmt.Fprintln(cmd.OutOrStdout(), a.File+" names everything that is there.")
				return err
			}
			return a.WriteDiff(cmd.OutOrStdout())
		},
	}
	o.add(cmd, asText, asJSON)
	return cmd
}

func datasetCheck() *cobra.Command {
	var o datasetFlags
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Hold the datasets against the live systems",
		Long: `Says where files and systems differ: tables and columns that one of them lacks,
keys that are not the real ones, searches without an index, with --policy also
data that no entry declares. Exit code 1 if anything could be missed or mixed up.`,
		Example: "  kept dataset check\n  kept dataset check --connections /etc/kept/connections.yml --policy policy.yaml --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, findings, err := o.estate(cmd.Context(), cmd.OutOrStdout())
			if err != nil {
				return err
			}
			defer e.Close()
			drift, err := e.Drift(cmd.Context())
			if err != nil {
				return err
			}
			findings = append(findings, drift...)
			if o.out == asJSON {
				if findings == nil {
					findings = dataset.Findings{}
				}
				err = writeAsJSON(cmd.OutOrStdout(), findings)
			} else if err = findings.Write(cmd.OutOrStdout()); err == nil && len(findings) == 0 {
				_, err = fmt.Fprintln(cmd.OutOrStdout(), "Datasets and systems agree.")
			}
			if err == nil && findings.Failed() {
				err = errFinding
			}
			return err
		},
	}
	o.add(cmd, asText, asJSON)
	cmd.Flags().StringVar(&o.policy, "policy", "", "policy whose entries the data is held against")
	return cmd
}

func datasetPlan() *cobra.Command {
	var o datasetFlags
	var identities []string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show how a person is found in the systems, how many rows, and what an erasure would do",
		Long: `Follows the references from the identifiers of a person and counts what is found,
without reading it. With --policy it says what a law keeps.`,
		Example: "  kept dataset plan --identity email=ada@example.org\n  kept dataset plan --identity email=ada@example.org --identity loyalty_id=4711 --policy policy.yaml --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ids, err := identifiers(identities)
			if err != nil {
				return err
			}
			e, _, err := o.estate(cmd.Context(), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			defer e.Close()
			traces, err := e.Trace(cmd.Context(), ids)
			switch {
			case err != nil:
				return err
			case o.out == asJSON:
				return writeAsJSON(cmd.OutOrStdout(), traces)
			}
			return writeTraces(cmd.OutOrStdout(), traces)
		},
	}
	o.add(cmd, asText, asJSON)
	cmd.Flags().StringArrayVar(&identities, "identity", nil, "kind and value, like email=ada@example.org (repeatable)")
	cmd.Flags().StringVar(&o.policy, "policy", "", "policy whose entries say what is kept")
	return cmd
}

// identifiers reads kind=value.
func identifiers(words []string) ([]dataset.Identifier, error) {
	var ids []dataset.Identifier
	for _, w := range words {
		kind, value, ok := strings.Cut(w, "=")
		if !ok || kind == "" || value == "" {
			return nil, misuse("--identity takes a kind and a value, like email=ada@example.org")
		}
		if kind == "email" {
			address, err := mail.Normalise(value)
			if err != nil {
				return nil, misuse("--identity email takes a mail address")
			}
			value = address
		}
		ids = append(ids, dataset.Identifier{Kind: kind, Value: value})
	}
	if len(ids) == 0 {
		return nil, misuse("name the person with --identity, like --identity email=ada@example.org")
	}
	return ids, nil
}

func writeTraces(w io.Writer, traces []dataset.Trace) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SYSTEM\tCOLLECTION\tROWS\tERASURE\tFOUND BY")
	for _, t := range traces {
		erasure := t.Erasure
		if t.Why != "" {
			erasure += ", " + t.Why
		}
		by := strings.Join(t.By, "; or ")
		if by == "" {
			by = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\t%s\n", t.System, t.Collection, t.Rows, erasure, by)
	}
	return table.Flush()
}
