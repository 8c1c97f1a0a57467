package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// appointment books the first free time of a type as a program does:
// appointment TYPE ADDRESS. It prints what `kept booking list` says once the
// appointment is there.
func appointment(ts *testscript.TestScript, _ bool, args []string) {
	s := sceneOf(ts)
	address := s.serving.site + "/privacy/booking/api/booking/" + args[0]
	var free struct {
		Slots []struct {
			Start time.Time `json:"start"`
		} `json:"slots"`
	}
	ts.Check(fetched(http.Get(address))(&free))
	if len(free.Slots) == 0 {
		ts.Fatalf("nothing is free")
	}
	body := fmt.Sprintf(`{"start":%q,"email":%q}`, free.Slots[0].Start.Format(time.RFC3339), args[1])
	var made struct{ ID string }
	ts.Check(fetched(http.Post(address, "application/json", strings.NewReader(body)))(&made))
	ts.Check(eventually(context.Background(), func() error { // the serving process settles it
		if err := ts.Exec("kept", "booking", "list", "--data", "data"); err != nil {
			return err
		}
		if !strings.Contains(ts.ReadFile("stdout"), made.ID) {
			return fmt.Errorf("the booking is not settled")
		}
		return nil
	}))
}

// fetched reads an answer as JSON; an error status is an error.
func fetched(got *http.Response, err error) func(into any) error {
	return func(into any) error {
		if err != nil {
			return err
		}
		defer got.Body.Close()
		text, err := io.ReadAll(got.Body)
		if err != nil {
			return err
		}
		if got.StatusCode >= 400 {
			return fmt.Errorf("%s: %s", got.Status, text)
		}
		return json.Unmarshal(text, into)
	}
}
