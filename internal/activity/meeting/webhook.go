package meeting

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/store"
)

// fresh is how old a message may be when it comes (developers.fathom.ai/webhooks).
const fresh = 5 * time.Minute

// leafRefused is the ledger's word for a recording that was not registered.
const leafRefused = "meeting.refused"

// fathom takes the message that Fathom sends when a recording is ready. Who was
// invited is noted; the recording is registered only if it may be (Record).
func (m *Register) fathom(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return fault.New(fault.Invalid, "the message broke off: %w", err)
	}
	if !m.genuine(r.Header, body) {
		return fault.New(fault.Forbidden, "the message is not signed as it should be")
	}
	report, problems := Read(body, Reading{Name: "fathom"})
	if err := problems.Err(); err != nil {
		return err
	}
	if report.Tool != "fathom" {
		return fault.New(fault.Invalid, "this is no message of Fathom")
	}
	known, err := m.takeMessage(r.Context(), r.PathValue("activity"), r.Header.Get("Webhook-Id"), report)
	if err != nil {
		return fmt.Errorf("take a message: %w", err)
	}
	if known {
		return fault.New(fault.Conflict, "this message was taken before")
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// takeMessage notes the people and registers the recording in one transaction.
func (m *Register) takeMessage(ctx context.Context, activity, id string, report Report) (known bool, err error) {
	a, err := m.entry(activity)
	if err != nil {
		return false, err
	}
	err = m.env.DB.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
		result := Result{}
		order := Order{Activity: a.Key, Report: report, Source: []byte("fathom/" + id)}
		if err := m.take(ctx, tx, a, order, &result); err != nil || result.Known {
			known = result.Known
			return err
		}
		c, err := conference(ctx, tx, result.Conference)
		if err != nil {
			return err
		}
		_, err = m.record(ctx, tx, c, *report.Content, "")
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.Refused) { // it has written nothing
			_, err = m.env.Ledger.Append(ctx, tx, leafRefused, map[string]any{"conference": c.ID, "activity": a.Key})
		}
		return err
	})
	return known, err
}

// genuine checks a message's signature: HMAC-SHA256 of id, time and body under
// the secret, base64, one of several, and young enough that it is no old one.
func (m *Register) genuine(h http.Header, body []byte) bool {
	secret, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(m.Fathom.Reveal(), "whsec_"))
	id, stamp := h.Get("Webhook-Id"), h.Get("Webhook-Timestamp")
	seconds, bad := strconv.ParseInt(stamp, 10, 64)
	if err != nil || len(secret) < 16 || id == "" || len(id) > 256 || bad != nil {
		return false
	}
	if age := m.env.Clock.Now().Sub(time.Unix(seconds, 0)); age > fresh || age < -fresh {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	fmt.Fprintf(mac, "%s.%s.", id, stamp)
	mac.Write(body)
	want := mac.Sum(nil)
	signed := false
	for _, s := range strings.Fields(h.Get("Webhook-Signature")) {
		version, text, _ := strings.Cut(s, ",")
		got, err := base64.StdEncoding.DecodeString(text)
		if err == nil && version == "v1" && hmac.Equal(got, want) {
			signed = true
		}
	}
	return signed
}
