package cleverreachtest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"kept/internal/remote/cleverreach"
)

// batch is how many receivers a call may bring.
const batch = 1000

func (s *Server) route(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		fail(w, http.StatusBadRequest, "bad request")
		return
	}
	s.Bodies = append(s.Bodies, string(body))
	parts := strings.Split(strings.Trim(strings.TrimPrefix(r.URL.Path, "/v3"), "/"), "/")
	for i := range parts {
		parts[i] = strings.TrimSuffix(parts[i], ".json")
	}
	switch parts[0] {
	case "groups":
		s.group(w, r, parts[1:], body)
	case "mailings":
		s.mailing(w, r, parts[1:], body)
	case "hooks":
		s.hooks(w, r, body)
	default:
		fail(w, http.StatusNotFound, "Not Found")
	}
}

func (s *Server) group(w http.ResponseWriter, r *http.Request, parts []string, body []byte) {
	if len(parts) == 0 {
		s.listGroups(w, r, body)
		return
	}
	i := slices.IndexFunc(s.groups, func(g *group) bool { return fmt.Sprint(g.id) == parts[0] })
	switch {
	case i < 0:
		fail(w, http.StatusNotFound, "Not Found: group")
	case len(parts) >= 2 && parts[1] == "receivers":
		s.receivers(w, r, s.groups[i], parts[2:], body)
	case len(parts) == 2 && parts[1] == "filters":
		s.filters(w, r, s.groups[i], body)
	case len(parts) == 2 && parts[1] == "attributes":
		s.attributes(w, r, s.groups[i], body)
	default:
		fail(w, http.StatusNotFound, "Not Found")
	}
}

func (s *Server) listGroups(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.Method == http.MethodPost {
		var in struct{ Name string }
		if json.Unmarshal(body, &in) != nil || in.Name == "" {
			fail(w, http.StatusBadRequest, "Bad Request: name")
			return
		}
		g := &group{id: s.id(), name: in.Name}
		s.groups = append(s.groups, g)
		answer(w, map[string]any{"id": fmt.Sprint(g.id), "name": g.name})
		return
	}
	all := []any{}
	for _, g := range s.groups {
		all = append(all, map[string]any{"id": fmt.Sprint(g.id), "name": g.name})
	}
	answer(w, all)
}

func (s *Server) attributes(w http.ResponseWriter, r *http.Request, g *group, body []byte) {
	if r.Method == http.MethodPost {
		var in struct{ Name, Type string }
		if json.Unmarshal(body, &in) != nil || in.Name == "" || in.Type != "text" {
			fail(w, http.StatusBadRequest, "Bad Request: attribute")
			return
		}
		g.attributes = append(g.attributes, in.Name)
		answer(w, map[string]any{"id": s.id(), "name": in.Name})
		return
	}
	all := []any{}
	for _, a := range g.attributes {
		all = append(all, map[string]any{"name": a, "type": "text"})
	}
	answer(w, all)
}

func (s *Server) receivers(w http.ResponseWriter, r *http.Request, g *group, parts []string, body []byte) {
	switch {
	case len(parts) == 0:
		s.page(w, r, g)
	case parts[0] == "upsert" && r.Method == http.MethodPost:
		s.upsert(w, g, body)
	default:
		i := slices.IndexFunc(g.receivers, func(x *cleverreach.Receiver) bool { return fmt.Sprint(x.ID) == parts[0] || x.Email == parts[0] })
		if i < 0 {
			fail(w, http.StatusNotFound, "Not Found: "+parts[0])
			return
		}
		if r.Method == http.MethodGet {
			answer(w, g.receivers[i])
			return
		}
		if s.Lost > 0 {
			s.Lost--
		} else {
			g.receivers = slices.Delete(g.receivers, i, i+1)
		}
		answer(w, true)
	}
}

func (s *Server) page(w http.ResponseWriter, r *http.Request, g *group) {
	page, _ := strconv.Atoi(r.URL.Query().Get("page"))
	size, _ := strconv.Atoi(r.URL.Query().Get("pagesize"))
	found := []*cleverreach.Receiver{}
	for _, x := range g.receivers {
		if r.URL.Query().Get("type") != "inactive" || x.Deactivated != 0 {
			found = append(found, x)
		}
	}
	from := min(page*size, len(found))
	answer(w, found[from:min(from+size, len(found))])
}

func (s *Server) upsert(w http.ResponseWriter, g *group, body []byte) {
	var in []cleverreach.Receiver
	if json.Unmarshal(body, &in) != nil || len(in) > batch {
		fail(w, http.StatusBadRequest, "Bad Request: invalid data")
		return
	}
	var said []any
	for _, x := range in {
		if a, err := mail.ParseAddress(x.Email); err != nil || a.Address != x.Email || strings.HasSuffix(x.Email, ".invalid") {
			said = append(said, fmt.Sprintf("invalid address %q", x.Email))
			continue
		}
		for name := range x.Attributes { // what no attribute of the group is called is dropped
			if !slices.Contains(g.attributes, name) {
				delete(x.Attributes, name)
			}
		}
		status := "update success"
		i := slices.IndexFunc(g.receivers, func(y *cleverreach.Receiver) bool { return y.Email == x.Email })
		if i < 0 {
			status, x.ID = "insert success", s.id()
			g.receivers = append(g.receivers, &x)
		} else {
			x.ID, x.Tags = g.receivers[i].ID, append(g.receivers[i].Tags, x.Tags...)
			g.receivers[i] = &x
		}
		said = append(said, map[string]any{"id": fmt.Sprint(x.ID), "email": x.Email, "status": status})
	}
	answer(w, said)
}

func (s *Server) filters(w http.ResponseWriter, r *http.Request, g *group, body []byte) {
	if r.Method == http.MethodPost {
		var in struct {
			Name, Operator string
			Rules          []struct{ Field, Logic, Condition string }
		}
		if json.Unmarshal(body, &in) != nil || in.Name == "" || len(in.Rules) != 1 || in.Rules[0].Field != "tags" || in.Rules[0].Logic != "contains" {
			fail(w, http.StatusBadRequest, "Bad Request: rules")
			return
		}
		g.filters = append(g.filters, filter{s.id(), in.Name, in.Rules[0].Condition})
		answer(w, map[string]any{"id": s.next, "name": in.Name})
		return
	}
	all := []any{}
	for _, f := range g.filters {
		all = append(all, map[string]any{"id": f.id, "name": f.name})
	}
	answer(w, all)
}

func (s *Server) mailing(w http.ResponseWriter, r *http.Request, parts []string, body []byte) {
	switch {
	case len(parts) == 0 && r.Method == http.MethodPost:
		s.create(w, body)
		return
	case len(parts) == 0:
		all := map[string][]any{}
		for _, m := range s.mailings {
			all[m.state] = append(all[m.state], map[string]any{"id": fmt.Sprint(m.id), "name": m.name})
		}
		answer(w, all)
		return
	}
	i := slices.IndexFunc(s.mailings, func(m *mailing) bool { return fmt.Sprint(m.id) == parts[0] })
	switch {
	case i < 0:
		fail(w, http.StatusNotFound, "Not Found: mailing")
	case len(parts) == 2 && parts[1] == "release" && r.Method == http.MethodPost:
		s.release(w, s.mailings[i])
	default:
		answer(w, map[string]any{"id": fmt.Sprint(s.mailings[i].id), "state": s.mailings[i].state})
	}
}

func (s *Server) create(w http.ResponseWriter, body []byte) {
	var in struct {
		Name, Subject string
		SenderName    string `json:"sender_name"`
		SenderEmail   string `json:"sender_email"`
		Content       struct{ Type, HTML, Text string }
		Receivers     struct{ Filter string }
	}
	filter := int64(0)
	err := json.Unmarshal(body, &in)
	if err == nil {
		filter, err = strconv.ParseInt(in.Receivers.Filter, 10, 64)
	}
	content := in.Content.Text + "\n" + in.Content.HTML
	if err != nil || in.Subject == "" || in.SenderEmail == "" || !strings.Contains(content, "{UNSUBSCRIBE}") {
		fail(w, http.StatusBadRequest, "Bad Request: a mailing has a subject, a sender and a link to unsubscribe")
		return
	}
	m := &mailing{id: s.id(), name: in.Name, state: "draft", Filter: filter, Subject: in.Subject, Content: content}
	s.mailings = append(s.mailings, m)
	answer(w, map[string]any{"id": fmt.Sprint(m.id), "success": true})
}

func (s *Server) release(w http.ResponseWriter, m *mailing) {
	if m.state != "draft" {
		fail(w, http.StatusConflict, "Conflict: released before")
		return
	}
	for _, g := range s.groups {
		for _, f := range g.filters {
			if f.id != m.Filter {
				continue
			}
			for _, x := range g.receivers {
				if x.Deactivated == 0 && slices.Contains(x.Tags, f.tag) {
					m.To = append(m.To, x.Email)
				}
			}
		}
	}
	m.state = "finished"
	answer(w, true)
}

func (s *Server) hooks(w http.ResponseWriter, r *http.Request, body []byte) {
	switch r.Method {
	case http.MethodDelete:
		if s.hook == nil {
			fail(w, http.StatusNotFound, "Not Found: hook")
			return
		}
		s.hook = nil
		answer(w, true)
	case http.MethodPost:
		var in struct{ URL, Event, Condition, Verify string }
		if json.Unmarshal(body, &in) != nil || in.URL == "" || in.Verify == "" {
			fail(w, http.StatusBadRequest, "Bad Request: hook")
			return
		}
		s.hook = &hook{in.URL, fmt.Sprintf("call-%d", s.id())}
		answer(w, map[string]any{"success": true, "call_token": s.hook.token})
	default:
		fail(w, http.StatusMethodNotAllowed, "Method Not Allowed")
	}
}
