package app

import (
	"strings"
	"testing"
	"time"

	"kept/internal/ledger"
)

func TestTheOfficerGetsTheHeadOfTheLogOnceADay(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		h.browser().choose("accept")
		h.settle()
		if n := len(h.sink.To("dpo@agentur.example")); n != 0 {
			t.Fatalf("%d mails before a day is over", n)
		}
		for day := 1; day <= 3; day++ {
			h.clock.Advance(24 * time.Hour)
			h.settle()
			fatal(t, h.tellOfficer(t.Context())) // another node at the same time
			h.settle()
			got := h.sink.To("dpo@agentur.example")
			if len(got) != day {
				t.Fatalf("%d mails after %d days", len(got), day)
			}
		}
		mails := h.sink.To("dpo@agentur.example")
		in := mails[0].Read()
		for _, says := range []string{"Musteragentur GmbH", "kept ledger verify", "--checkpoint", h.Ledger.Key(), "Datenschutzbeauftragte"} {
			if !strings.Contains(in.Text, says) {
				t.Errorf("the mail does not say %q:\n%s", says, in.Text)
			}
		}
		if strings.Contains(strings.ReplaceAll(in.Text, "dpo@agentur.example", ""), "84.44") {
			t.Error("an address of a visitor is in the mail")
		}
		seen, err := ledger.FindCheckpoint(in.Text)
		fatal(t, err)
		if len(in.Attachments) != 1 || string(in.Attachments[0].Data) != seen || in.Attachments[0].Name != "checkpoint-2026-11-03.txt" {
			t.Errorf("attached is %+v", in.Attachments)
		}

		// Compared offline, weeks later; and with a log that was made anew meanwhile.
		dir := t.TempDir() + "/log"
		fatal(t, h.Ledger.Export(t.Context(), dir, nil))
		if r, err := ledger.VerifyDir(t.Context(), dir, "", nil, seen); err != nil || r.Bad != nil {
			t.Errorf("%+v, %v", r.Bad, err)
		}
	})
}

func TestNobodyIsWrittenToWithoutAnOfficer(t *testing.T) {
	h := solo(t, func(h *house) { h.edit("  officer:\n    email: dpo@agentur.example\n", "") })
	h.clock.Advance(48 * time.Hour)
	h.settle()
	if n := len(h.sink.Mails()); n != 0 {
		t.Errorf("%d mails", n)
	}
}
