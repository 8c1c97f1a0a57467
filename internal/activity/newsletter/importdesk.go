package newsletter

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/page"
)

// maxUpload is how large a file may be that comes by the page: it goes back and
// forth once while its columns are mapped. Larger ones are imported by the command.
const maxUpload = 2 << 20

type importPage struct {
	deskBase
	MaySell bool // the entry may write to existing customers
	Keeps   bool // it keeps lists
	Seen    bool // a file was looked at
	Result  Imported
	Table   Table
	Columns []mapped
	Content string // of the file, base64, so that what was looked at is what is taken over
	Name    string
}

// mapped is a column of the import with the column of the file that it is read from.
type mapped struct {
	Column string
	At     int // -1: none
}

func (n *Newsletter) importPage(r *http.Request) (d importPage, err error) {
	if d.deskBase, err = n.desk(r); err != nil {
		return d, err
	}
	d.Title, d.MaySell, d.Keeps = d.T("import.title"), customersAllowed(d.Entry, true) == nil, d.Entry.Has(fieldLists)
	return d, nil
}

// askFile shows the form to choose a file with.
func (n *Newsletter) askFile(w http.ResponseWriter, r *http.Request) error {
	d, err := n.importPage(r)
	if err != nil {
		return err
	}
	d.Form = page.Filled(url.Values{"timezone": {n.env.Policy().Zone().String()}})
	return n.pages.Show(n.env.Desk, w, r, "import", d)
}

// takeFile looks at a file, or takes over what was looked at.
func (n *Newsletter) takeFile(w http.ResponseWriter, r *http.Request) error {
	f, file, err := page.Chosen(r, "file", maxUpload)
	if err != nil {
		return err
	}
	d, err := n.importPage(r)
	if err != nil {
		return err
	}
	who, err := n.env.Desk.Person(r)
	if err != nil {
		return err
	}
	d.Form = f
	i := Import{Activity: d.Entry.Key, Ground: Ground(f.Value("ground")), List: f.Value("list"), Similar: f.Value("similar") != "", SkipBad: f.Value("skip") != "", By: who.ID}
	if i.Zone, err = time.LoadLocation(f.Value("timezone")); err != nil || f.Value("timezone") == "Local" {
		d.Form.Refuse("timezone", d.T("wrong.zone"))
	}
	if i.Table, err = ReadTable(file.Name, file.Data); err != nil {
		d.Form.Refuse("file", d.T("wrong.file"))
	}
	if d.Form.Refused() {
		d.Status = http.StatusBadRequest
		return n.pages.Show(n.env.Desk, w, r, "import", d)
	}
	d.Seen, d.Table, d.Content, d.Name = true, i.Table, file.Text(), i.Table.Name
	i.Mapping = mappingOf(f, i.Table)
	for _, c := range Columns {
		at, ok := i.Mapping[c]
		if !ok {
			at = -1
		}
		d.Columns = append(d.Columns, mapped{c, at})
	}
	i.DryRun = f.Value("do") != "import"
	d.Result, err = n.Import(r.Context(), i)
	if fault.Is(err, fault.Refused) || fault.Is(err, fault.Invalid) {
		d.Says, _ = d.Refusal(err)
		d.Status, err = http.StatusBadRequest, nil
	}
	if err != nil {
		return err
	}
	if d.Result.Done {
		d.Says = d.T("import.done", d.Number(int64(d.Result.Added)))
	}
	return n.pages.Show(n.env.Desk, w, r, "import", d)
}

// mappingOf reads which column of the file each column is read from; the first time
// it is guessed.
func mappingOf(f page.Form, t Table) Mapping {
	if f.Value("mapped") == "" {
		return t.Guess()
	}
	m := Mapping{}
	for _, c := range Columns {
		if at, err := strconv.Atoi(f.Value("column-" + c)); err == nil && at >= 0 && at < len(t.Head) {
			m[c] = at
		}
	}
	return m
}

// problemsShown is how many lines of problems a page shows.
const problemsShown = 100

// Shown are the first problems.
func (d importPage) Shown() []Problem {
	return d.Result.Problems[:min(len(d.Result.Problems), problemsShown)]
}

// Hidden is how many problems more there are.
func (d importPage) Hidden() int64 { return int64(max(0, len(d.Result.Problems)-problemsShown)) }

// Dropped names the columns of the file that are not taken over.
func (d importPage) Dropped() string { return strings.Join(d.Result.Dropped, ", ") }
