package center

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"slices"

	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// decider returns the subject of the request's own consent decision, empty if
// it carries none that stands.
func (c *Center) decider(r *http.Request) (string, error) {
	st := c.Consent.State(r)
	if st.Decision == "" {
		return "", nil
	}
	subject, err := c.Consent.Subject(r.Context(), st.Decision)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find whose decision this is: %w", err)
	}
	return subject, nil
}

// subjects returns everybody that the request's cookies stand for, each once.
func (c *Center) subjects(r *http.Request) ([]string, error) {
	holders := append([]Holder{func(context.Context, *http.Request) (string, error) { return c.decider(r) }}, c.Holders...)
	var found []string
	for _, h := range holders {
		s, err := h(r.Context(), r)
		if err != nil {
			return nil, fmt.Errorf("read the browser's pseudonym: %w", err)
		}
		if s != "" && !slices.Contains(found, s) {
			found = append(found, s)
		}
	}
	return found, nil
}

// copy asks for everything held about subjects, as one copy. Without a subject
// it is a copy that says that nothing is held, so that both answers have one
// form.
func (c *Center) copy(ctx context.Context, subjects []string) (rights.Copy, error) {
	whole := rights.Copy{Schema: rights.Schema, Made: c.Clock.Now(), Right: rights.Access, Controller: c.Policy().Controller.Name, Nothing: true, Zone: c.Policy().Zone()}
	for i, s := range subjects {
		held, err := c.Rights.Access(ctx, s)
		if err != nil {
			return whole, fmt.Errorf("copy what is held: %w", err)
		}
		if i == 0 {
			whole = held
			continue
		}
		whole.Nothing = whole.Nothing && held.Nothing
		for _, a := range held.Activities {
			gather(&whole, a)
		}
	}
	return whole, nil
}

// gather adds what an activity holds under another pseudonym of the same
// browser.
func gather(whole *rights.Copy, a rights.Activity) {
	i := slices.IndexFunc(whole.Activities, func(b rights.Activity) bool { return b.Key == a.Key })
	if i < 0 {
		whole.Activities = append(whole.Activities, a)
		return
	}
	tables := &whole.Activities[i].Tables
	for _, t := range a.Tables {
		j := slices.IndexFunc(*tables, func(b rights.Table) bool { return b.Name == t.Name })
		if j < 0 {
			*tables = append(*tables, t)
			continue
		}
		(*tables)[j].Rows = append((*tables)[j].Rows, t.Rows...)
	}
}

// meJSON is the copy for programs.
func (c *Center) meJSON(w http.ResponseWriter, r *http.Request) error {
	return c.meFile(w, r, "application/json", func(held rights.Copy, b *bytes.Buffer, _ string) error { return held.JSON(b) })
}

// meHTML is the readable copy, one page that stands alone.
func (c *Center) meHTML(w http.ResponseWriter, r *http.Request) error {
	return c.meFile(w, r, "text/html; charset=utf-8", func(held rights.Copy, b *bytes.Buffer, lang string) error { return held.HTML(b, lang) })
}

func (c *Center) meFile(w http.ResponseWriter, r *http.Request, mime string, write func(rights.Copy, *bytes.Buffer, string) error) error {
	p, _ := c.open(r, "")
	subjects, err := c.subjects(r)
	if err != nil {
		return err
	}
	held, err := c.copy(r.Context(), subjects)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := write(held, &b, p.Lang); err != nil {
		return fmt.Errorf("write the copy: %w", err)
	}
	if len(subjects) > 0 {
		if err := c.served(r, nil, rights.Access, "", ""); err != nil {
			return err
		}
	}
	download(w, mime, b.Bytes())
	return nil
}
