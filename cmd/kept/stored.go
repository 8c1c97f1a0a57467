package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"kept/internal/app"
)

// What the commands about what is stored have in common: they open a part of an
// instance, also beside the serving one, read files, and write lists.

// withStored opens a part of an instance for f, and brings what f wrote into the ledger's
// order.
func withStored[K any](ctx context.Context, place app.Place, open func(*app.App, context.Context) (K, error), f func(K) error) error {
	a, err := app.OpenStored(ctx, place)
	if err != nil {
		return err
	}
	defer a.Close()
	k, err := open(a, ctx)
	if err != nil {
		return err
	}
	if err := f(k); err != nil {
		return err
	}
	_, err = a.Ledger.Sequence(ctx)
	return err
}

// readUpTo reads a file, or standard input for "-", and at most one byte more than most.
func readUpTo(in io.Reader, name string, most int64) ([]byte, error) {
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		in = file
	}
	return io.ReadAll(io.LimitReader(in, most+1))
}

// writeAsJSON writes a value for programs.
func writeAsJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// writeList writes a list: for programs as JSON, an empty one too; for people as a table
// with a head. Columns are divided by tabs.
func writeList[T any](w io.Writer, as format, all []T, head string, line func(T) string) error {
	if as == asJSON {
		return writeAsJSON(w, append([]T{}, all...))
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, head)
	for _, one := range all {
		fmt.Fprintln(table, line(one))
	}
	return table.Flush()
}
