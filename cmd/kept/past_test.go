package main

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"time"

	"kept/internal/app"
	"kept/internal/clock"
	"kept/internal/mail"
	"kept/internal/vault"
)

// livePast serves the example in dir for a visitor who came some days ago, and
// stops. What a command finds there afterwards is that much older.
func livePast(dir string, days int) (err error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	then := clock.At(time.Now().AddDate(0, 0, -days))
	cfg := app.Config{
		Place: app.Place{Data: filepath.Join(dir, "data")}, Policy: filepath.Join(dir, "policy.yaml"), Site: filepath.Join(dir, "site"),
		Listen: "127.0.0.1:0", Console: "127.0.0.1:0", Clock: then,
		Mail: mail.Options{SMTP: vault.NewSecret(relay[1]), From: relay[3]},
	}
	doors, err := app.Listen(ctx, &cfg)
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, cfg)
	if err != nil {
		return errors.Join(err, doors.Close())
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	served := make(chan error, 1)
	go func() { served <- a.Serve(ctx, doors) }()
	defer func() {
		stop()
		err = errors.Join(err, <-served)
	}()
	v := newVisitor(a.SiteURL())
	got, err := v.choose("accept")
	if err == nil {
		err = got.want(http.StatusSeeOther)
	}
	if err == nil {
		_, err = v.get("/")
	}
	if err != nil {
		return err
	}
	if err := a.Settle(ctx); err != nil {
		return err
	}
	then.Advance(time.Hour) // a round of retention, so that it knows when it last ran
	return a.Settle(ctx)
}
