package app

import (
	"context"
	"net/http"

	"kept/internal/access"
	packages "kept/internal/duty/answer"
	"kept/internal/duty/request"
	"kept/internal/duty/rights"
	"kept/internal/fault"
)

// openRequests opens the register of people's requests.
func (a *App) openRequests(ctx context.Context) (err error) {
	a.Requests, err = request.Open(ctx, request.Config{
		DB: a.DB, Vault: a.Vault, Ledger: a.Ledger, Jobs: a.Jobs, Mail: a.Mail, Subjects: a.Subjects, Rights: a.Rights, Packer: packages.Open(a.Rights),
		Clock: a.Clock, Policy: a.InForce.Now, Manifests: Manifests(), Owners: a.owners, Staff: a.members, Trusted: a.Config.Trusted, Secure: a.secure(), Command: a.command,
	})
	return err
}

// owners are the addresses of those who may do everything.
func (a *App) owners(ctx context.Context) ([]string, error) {
	all, err := a.Staff.List(ctx)
	if err != nil {
		return nil, err
	}
	var owners []string
	for _, m := range all {
		if m.Role == access.Owner {
			owners = append(owners, m.Email)
		}
	}
	return owners, nil
}

// members are the addresses of the staff by id.
func (a *App) members(ctx context.Context) (map[string]string, error) {
	all, err := a.Staff.List(ctx)
	if err != nil {
		return nil, err
	}
	known := map[string]string{}
	for _, m := range all {
		known[m.ID] = m.Email
	}
	return known, nil
}

// decider is whom the browser's own consent decision stands for.
func (a *App) decider(ctx context.Context, r *http.Request) (string, error) {
	state := a.Consent.State(r)
	if state.Decision == "" {
		return "", nil
	}
	who, err := a.Consent.Subject(ctx, state.Decision)
	if fault.Is(err, fault.NotFound) {
		return "", nil
	}
	return who, err
}

// served enters into the register of requests what the privacy center did at once.
func (a *App) served(ctx context.Context, right rights.Right, activity, lang, of string) error {
	return a.Requests.Record(ctx, request.Served{Right: right, Activity: activity, Lang: lang, Request: of})
}
