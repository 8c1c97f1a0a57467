package contactsync

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"kept/internal/clock"
	"kept/internal/remote/graph"
	"kept/internal/remote/graph/graphtest"
	"kept/internal/remote/throttle"
)

// inGraph is a folder of a mailbox in Exchange Online.
func inGraph(t *testing.T) far {
	t.Helper()
	s := graphtest.New(clock.System)
	tenant := s.Tenant("muster")
	tenant.Register("app", "secret")
	tenant.AddUser("u1", map[string]any{"userPrincipalName": ada})
	c, err := graph.New(graph.Config{
		Service: "https://graph.example/v1.0", Login: "https://graph.example", Tenant: "muster", Client: "app",
		Credential: graph.Secret{Reveal: func() string { return "secret" }}, Transport: s.Transport(), Limiter: throttle.New(throttle.Outlook, clock.System), Clock: clock.System,
	})
	if err != nil {
		t.Fatal(err)
	}
	f, err := c.Mailbox(ada, propertySet, propertyName).EnsureFolder(t.Context(), "Muster")
	if err != nil {
		t.Fatal(err)
	}
	text := func(c graphtest.Contact, name string) string { s, _ := c.Fields[name].(string); return s }
	return far{
		mailbox: Online(c, ada, f.ID), takes: graph.Limits, atOnce: 4,
		slow: func(d time.Duration) { s.Latency = d },
		breaks: func(decide func(bool) int) {
			s.Break(nil)
			if decide != nil {
				s.Break(func(r *http.Request) int { return decide(r.Method != http.MethodGet) })
			}
		},
		refuses: func(func() bool) {}, // the stand-in refuses by its own limits
		contacts: func() (all []stood) {
			for _, c := range tenant.Contacts(ada) {
				all = append(all, stood{c.ID, c.Mark(), text(c, "givenName"), text(c, "surname"), text(c, "jobTitle"), text(c, "personalNotes"), min(len(c.Photo), 1)})
			}
			return all
		},
		types: func(id string, c stood) string {
			fields := map[string]any{}
			for name, text := range map[string]string{"givenName": c.first, "surname": c.last, "jobTitle": c.title, "personalNotes": c.note} {
				if text != "" {
					fields[name] = text
				}
			}
			if c.mark != "" {
				fields["singleValueExtendedProperties"] = []any{map[string]any{"id": fmt.Sprintf("String {%s} Name %s", propertySet, propertyName), "value": c.mark}}
			}
			return tenant.Type(ada, "Muster", id, fields)
		},
		discards: func(id string) { tenant.Discard(ada, id) },
		calls:    func() int { return len(s.Counts()) },
	}
}
