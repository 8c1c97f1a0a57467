package rights

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"kept/internal/duty/retain"
	"kept/internal/manifest"
	"kept/internal/store"
)

// blot stands for what is about somebody else.
const blot = "▇▇▇"

// mostNames bounds how many names and addresses of one person, and of the others
// in one thing that is shared, are looked for.
const mostNames = 500

// masker masks, in texts of one person, what is about others: the words of other
// speakers, the names of other people who took part, addresses and numbers that
// are not the person's own.
type masker struct {
	own    map[string]bool            // names, addresses, numbers, in small letters
	others map[string]*regexp.Regexp  // names of others, by what is shared
	labels map[string]map[string]bool // the same names, as speakers
	count  int64                      // places that were masked
}

var (
	addressed = regexp.MustCompile(`(?:"[^"\n]{1,80}"|[\p{L}][\p{L}.'’ \-]{1,60})?[ \t]*<?[A-Za-z0-9._%+\-\x{80}-\x{10FFFF}]+@[A-Za-z0-9.\-\x{80}-\x{10FFFF}]+\.[\p{L}]{2,}>?`)
	mailbox   = regexp.MustCompile(`[A-Za-z0-9._%+\-\x{80}-\x{10FFFF}]+@[A-Za-z0-9.\-\x{80}-\x{10FFFF}]+\.[\p{L}]{2,}`)
	dialled   = regexp.MustCompile(`(?:\+|\b0)[0-9][0-9 ()/.\-]{5,20}[0-9]`)
	// speaker is a line that says who speaks: "[00:01:02] Ada: …", "<v Ada>…".
	speaker = regexp.MustCompile(`^(\s*(?:\[?\(?[0-9]{1,2}[:.][0-9:.,]+\)?\]?\s*(?:-\s*)?)?(?:<v\s+)?)([\p{L}][^:<>\n]{0,59}?)(\s*[:>]\s*)(.*)$`)
)

// mask returns text with what is about others masked.
func (m *masker) mask(text, shared string) string {
	lines := strings.Split(text, "\n")
	foreign := false // the words before were another speaker's
	for i, line := range lines {
		if said := speaker.FindStringSubmatch(line); said != nil {
			who := strings.ToLower(strings.TrimSpace(said[2]))
			switch {
			case m.labels[shared][who]:
				foreign = true
				lines[i] = said[1] + blot + said[3] + blot
				m.count++
				continue
			case m.own[who]:
				foreign = false
			}
		}
		if foreign && strings.TrimSpace(line) != "" && !timing(line) {
			lines[i] = blot
			continue
		}
		lines[i] = m.words(line, shared)
	}
	return strings.Join(lines, "\n")
}

// timing is a line of a transcript that holds no words.
func timing(line string) bool { return strings.Contains(line, "-->") }

func (m *masker) words(line, shared string) string {
	line = addressed.ReplaceAllStringFunc(line, func(found string) string {
		if m.own[strings.ToLower(mailbox.FindString(found))] {
			return found
		}
		return m.blotted(found)
	})
	line = dialled.ReplaceAllStringFunc(line, func(found string) string {
		if m.own[digits(found)] {
			return found
		}
		return m.blotted(found)
	})
	if others := m.others[shared]; others != nil {
		line = others.ReplaceAllStringFunc(line, m.blotted)
	}
	return line
}

// blotted masks found and keeps the white space before it.
func (m *masker) blotted(found string) string {
	m.count++
	return found[:len(found)-len(strings.TrimLeft(found, " \t"))] + blot
}

func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// value masks a value of a copy, text by text if it is JSON.
func (m *masker) value(v any, how manifest.Others, shared string) (any, error) {
	switch x := v.(type) {
	case nil:
		return nil, nil
	case json.RawMessage:
		if how == manifest.Withheld {
			break
		}
		var whole any
		if err := json.Unmarshal(x, &whole); err != nil {
			return nil, err
		}
		masked, err := json.Marshal(m.deep(whole, shared))
		return json.RawMessage(masked), err
	case string:
		if how == manifest.Masked {
			return m.mask(x, shared), nil
		}
	}
	m.count++
	return blot, nil
}

func (m *masker) deep(v any, shared string) any {
	switch x := v.(type) {
	case string:
		return m.mask(x, shared)
	case []any:
		for i := range x {
			x[i] = m.deep(x[i], shared)
		}
	case map[string]any:
		for k := range x {
			x[k] = m.deep(x[k], shared)
		}
	}
	return v
}

// masks reports whether t has columns that can hold data of others.
func masks(t *manifest.Table) bool {
	return slices.ContainsFunc(t.Columns, func(c manifest.Column) bool { return c.Others != manifest.OwnOnly })
}

// masker returns what is needed to mask the rows of t that are about who; nil if
// nothing in it can be about others.
func (d *Desk) masker(ctx context.Context, m *manifest.Manifest, t *manifest.Table, who string) (*masker, error) {
	if !masks(t) {
		return nil, nil
	}
	k := &masker{own: map[string]bool{}, others: map[string]*regexp.Regexp{}, labels: map[string]map[string]bool{}}
	if err := d.ownNames(ctx, m, who, k); err != nil {
		return nil, err
	}
	if t.Shared == "" {
		return k, nil
	}
	names, err := d.namesOfOthers(ctx, m, t, who)
	if err != nil {
		return nil, err
	}
	for shared, all := range names {
		k.learn(shared, all)
	}
	return k, nil
}

// learn remembers the names of others in one thing: whole, and each of their
// parts, unless the person has the same.
func (m *masker) learn(shared string, names []string) {
	var patterns []string
	m.labels[shared] = map[string]bool{}
	for _, name := range names {
		whole := strings.ToLower(strings.TrimSpace(name))
		if whole == "" || m.own[whole] {
			continue
		}
		m.labels[shared][whole] = true
		for _, part := range append([]string{whole}, strings.Fields(whole)...) {
			if utf8.RuneCountInString(part) >= 3 && !m.own[part] && len(patterns) < mostNames {
				patterns = append(patterns, regexp.QuoteMeta(part))
			}
		}
	}
	if len(patterns) == 0 {
		return
	}
	slices.SortFunc(patterns, func(a, b string) int { return len(b) - len(a) })
	m.others[shared] = regexp.MustCompile(`(?i)` + strings.Join(slices.Compact(patterns), "|"))
}

// ownNames collects by which names, addresses and numbers the person is known.
func (d *Desk) ownNames(ctx context.Context, m *manifest.Manifest, who string, k *masker) error {
	c := &d.Policy().Controller // ours are nobody's secret
	k.know(c.Email)
	k.know(c.Phone)
	if c.Officer != nil {
		k.know(c.Officer.Email)
		k.know(c.Officer.Phone)
	}
	identifiers, err := d.Subjects.Identifiers(ctx, who)
	if err != nil {
		return err
	}
	for _, i := range identifiers {
		k.own[strings.ToLower(i.Value)] = true
	}
	for i := range m.Tables {
		t := &m.Tables[i]
		if t.Subject == "" || t.Shape != manifest.Rows {
			continue
		}
		columns := naming(m, t)
		err := d.each(ctx, m, t, columns, nil, who, "", func(cells []any) error {
			for _, v := range cells {
				k.know(v)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *masker) know(v any) {
	s, ok := v.(string)
	if !ok || s == "" || len(m.own) > mostNames {
		return
	}
	m.own[strings.ToLower(s)], m.own[digits(s)] = true, true
	for _, part := range strings.Fields(strings.ToLower(s)) {
		m.own[part] = true
	}
	delete(m.own, "")
}

// naming returns the columns of t that say who somebody is.
func naming(m *manifest.Manifest, t *manifest.Table) (columns []*manifest.Column) {
	for i := range t.Columns {
		c := &t.Columns[i]
		f := fieldOf(m, c)
		if f == nil || c.Class == manifest.Indexed || c.Others != manifest.OwnOnly {
			continue
		}
		if is(f.Category, "user.name") || is(f.Category, "user.contact") || is(f.Category, "user.account.username") {
			columns = append(columns, c)
		}
	}
	return columns
}

// namesOfOthers returns by which names the others are known who share something
// of t with who, by what is shared.
func (d *Desk) namesOfOthers(ctx context.Context, m *manifest.Manifest, t *manifest.Table, who string) (map[string][]string, error) {
	found := map[string][]string{}
	for i := range m.Tables {
		o := &m.Tables[i]
		columns := naming(m, o)
		if _, ok := o.Column(t.Shared); !ok || o.Subject == "" || o.Shape != manifest.Rows || len(columns) == 0 {
			continue
		}
		if err := d.namesIn(ctx, m, t, o, columns, who, found); err != nil {
			return nil, fmt.Errorf("%s: %w", o.Name, err)
		}
	}
	return found, nil
}

func (d *Desk) namesIn(ctx context.Context, m *manifest.Manifest, t, o *manifest.Table, columns []*manifest.Column, who string, found map[string][]string) error {
	rows, err := d.DB.QueryContext(ctx, fmt.Sprintf("select %s, %s, %s from %s where %s <> $1 and %s in (select %s from %s where %s) order by %s",
		t.Shared, o.Subject, names(columns), o.Name, o.Subject, t.Shared, t.Shared, t.Name, retain.Whose(m, t)+" = $1", o.Subject), who)
	if err != nil {
		return store.Classify(err)
	}
	defer rows.Close()
	var open *opener
	for rows.Next() {
		var shared any
		var other string
		cells := make([]any, len(columns))
		into := []any{&shared, &other}
		for i := range cells {
			into = append(into, &cells[i])
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		if open == nil || open.subject != other {
			open = d.opener(other)
		}
		key := fmt.Sprint(shared)
		for i, c := range columns {
			v, err := open.value(ctx, m, o, c, cells[i])
			if err != nil {
				return err
			}
			if s, ok := v.(string); ok && s != "" && len(found[key]) < mostNames {
				found[key] = append(found[key], s)
			}
		}
	}
	return store.Classify(rows.Err())
}
