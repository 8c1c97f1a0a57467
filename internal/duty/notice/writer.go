package notice

import (
	"fmt"
	"strings"

	"kept/internal/i18n"
	"kept/internal/policy"
)

// writer knows the policy and the language.
type writer struct {
	p    *policy.Policy
	lang string
}

// t returns the notice's words called key. Where the words bring a full stop
// after an argument, one that ends in a full stop (an abbreviated name) gives up
// its own.
func (w *writer) t(key string, args ...any) string {
	words := i18n.T(w.lang, "notice."+key)
	for i, arg := range args {
		if s, ok := arg.(string); ok && strings.Contains(words, fmt.Sprintf("{%d}.", i+1)) {
			args[i] = strings.TrimSuffix(s, ".")
		}
	}
	return i18n.T(w.lang, "notice."+key, args...)
}

func (w *writer) section(level int, id string) Section {
	return Section{ID: id, Level: level, Title: w.t(id + ".title")}
}

// title names an activity: in the policy's words, in its kind's, by its key.
func (w *writer) title(a *policy.Activity) string {
	if s := a.Title.In(w.lang); s != "" {
		return s
	}
	if s := a.Words().Title.In(w.lang); s != "" && a.Key == a.Kind {
		return s
	}
	return spoken(a.Key)
}

// datum names a field or a set of fields; a set is followed by what is in it.
func (w *writer) datum(k *policy.Kind, name string) string {
	for _, f := range k.Fields {
		if f.Name == name {
			return or(f.Title.In(w.lang), spoken(name))
		}
	}
	for _, s := range k.Sets {
		if s.Name == name {
			inside := make([]string, len(s.Fields))
			for i, f := range s.Fields {
				inside[i] = w.datum(k, f)
			}
			return or(s.Title.In(w.lang), spoken(name)) + " (" + strings.Join(inside, ", ") + ")"
		}
	}
	return spoken(name)
}

func (w *writer) data(a *policy.Activity, refs []policy.Ref) string {
	names := make([]string, len(refs))
	for i, r := range refs {
		names[i] = w.datum(a.Words(), r.Name)
	}
	return strings.Join(names, ", ")
}

func (w *writer) moment(a *policy.Activity, name string) string {
	for _, m := range a.Words().Moments {
		if m.Name == name {
			return or(m.Title.In(w.lang), spoken(name))
		}
	}
	return spoken(name)
}

// group names a consent group, or says that none is needed.
func (w *writer) group(key string) string {
	if key == "" || key == policy.Essential {
		return w.t("group.necessary")
	}
	if g := w.p.Group(key); g != nil {
		return or(g.Title.In(w.lang), spoken(key))
	}
	return spoken(key)
}

func (w *writer) recipient(key string) string {
	if r := w.p.Recipient(key); r != nil {
		return or(r.Name, spoken(key))
	}
	return spoken(key)
}

// service names a service: in the policy's words or by its key.
func (w *writer) service(s *policy.Service) string { return s.Title(w.lang) }

// join lists items within a sentence, which brings its own full stop.
func (w *writer) join(items []string) string { return unstopped(i18n.List(items, w.lang)) }

// unstopped takes the full stop from words that go into a sentence.
func unstopped(s string) string { return strings.TrimSuffix(strings.TrimSpace(s), ".") }

// spoken makes a key readable where nobody gave it a name.
func spoken(key string) string { return strings.NewReplacer("-", " ", "_", " ").Replace(key) }

func or(s, otherwise string) string {
	if s != "" {
		return s
	}
	return otherwise
}
