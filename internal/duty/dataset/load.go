package dataset

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"kept/internal/fault"
	"kept/internal/policy/source"
)

// folder is where datasets lie, beside the file of connections and the policy.
const folder = "datasets"

// Files is what lies beside a file of connections.
type Files struct {
	Connections []*Connection
	Datasets    []*Dataset
	Findings    Findings
}

// Load reads a file of connections and the datasets in the folder beside it. What
// cannot be read is Invalid; what cannot be used is a finding.
func Load(file string) (Files, error) {
	src, err := os.ReadFile(file)
	if err != nil {
		return Files{}, fault.New(fault.Invalid, "the connections cannot be read; name their file with --connections: %w", err)
	}
	var all Files
	all.Connections, all.Findings = ReadConnections(file, src)
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return Files{}, fault.New(fault.Invalid, "the folder of the connections cannot be opened: %w", err)
	}
	defer root.Close()
	if err := all.load(root.FS()); err != nil {
		return Files{}, fault.New(fault.Invalid, "the datasets cannot be read: %w", err)
	}
	all.unconnected(file)
	return all, nil
}

// load reads every file of the folder; nothing outside it is opened.
func (all *Files) load(dir fs.FS) error {
	entries, err := fs.ReadDir(dir, folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	for _, e := range entries {
		if ext := path.Ext(e.Name()); e.IsDir() || ext != ".yml" && ext != ".yaml" || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		name := path.Join(folder, e.Name())
		src, err := fs.ReadFile(dir, name)
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(src)) == 0 { // as a shell makes it before what is written into it is there
			all.Findings = append(all.Findings, Finding{File: name, Pos: source.Pos{Line: 1, Column: 1}, Warning: true,
				Problem: "the file is empty", Remedy: "kept dataset annotate proposes what it says"})
			continue
		}
		found, findings := Read(name, src)
		all.Findings = append(all.Findings, findings...)
		for _, d := range found {
			if slices.ContainsFunc(all.Datasets, func(x *Dataset) bool { return x.Key == d.Key }) {
				all.Findings = append(all.Findings, Finding{File: name, Pos: d.At, Problem: "there are two datasets " + d.Key, Remedy: "keep one of them"})
				continue
			}
			all.Datasets = append(all.Datasets, d)
		}
	}
	return nil
}

// unconnected reports connections that name a dataset which is not there, and
// datasets to which no connection leads.
func (all *Files) unconnected(file string) {
	for _, x := range all.Connections {
		for _, key := range x.Datasets {
			if !slices.ContainsFunc(all.Datasets, func(d *Dataset) bool { return d.Key == key }) {
				all.Findings = append(all.Findings, Finding{File: file, Pos: x.At, Warning: true,
					Problem: "connection " + x.Name + " leads to the dataset " + key + ", which is not there", Remedy: "kept dataset annotate " + x.Name + " proposes one"})
			}
		}
	}
	for _, d := range all.Datasets {
		if !slices.ContainsFunc(all.Connections, func(x *Connection) bool { return slices.Contains(x.Datasets, d.Key) }) {
			all.Findings = append(all.Findings, Finding{File: d.File, Pos: d.At, Warning: true,
				Problem: "no connection leads to dataset " + d.Key, Remedy: "name it below datasets of a connection; until then a person looks there by hand"})
		}
	}
}
