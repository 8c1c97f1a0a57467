package stripe

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"kept/internal/fault"
	"kept/internal/vault"
)

// Tolerance is how old a signature may be.
const Tolerance = 5 * time.Minute

// Event is a message that Stripe sends: something happened to a subscription.
type Event struct {
	ID           string
	Type         string
	Subscription string // empty: it is about something else
	Own          string // our number of the subscription, where the message says it
}

// ReadEvent checks a message's signature (the header Stripe-Signature) against the
// endpoint's secret and reads it. Forbidden if the signature is wrong, or too old, or
// from the future.
func ReadEvent(body []byte, header string, secret vault.Secret, now time.Time) (Event, error) {
	if !signed(body, header, []byte(secret.Reveal()), now) {
		return Event{}, fault.New(fault.Forbidden, "the message is not signed by Stripe, or too old")
	}
	var e struct {
		ID   string `json:"id"`
		Type string `json:"type"`
		Data struct {
			Object json.RawMessage `json:"object"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil || e.ID == "" {
		return Event{}, fault.New(fault.Invalid, "the message is no event of Stripe")
	}
	event := Event{ID: e.ID, Type: e.Type}
	if kind, _, _ := strings.Cut(e.Type, "."); kind == "customer" {
		if !strings.HasPrefix(e.Type, "customer.subscription.") {
			return event, nil
		}
		s, err := decode(e.Data.Object)
		event.Subscription, event.Own = s.ID, s.Own
		return event, err
	}
	var about struct {
		Subscription string `json:"subscription"` // of a Checkout session; of an invoice in earlier versions
		Own          string `json:"client_reference_id"`
		Parent       struct {
			Details struct {
				Subscription string `json:"subscription"`
			} `json:"subscription_details"`
		} `json:"parent"` // of an invoice
	}
	if len(e.Data.Object) > 0 && json.Unmarshal(e.Data.Object, &about) == nil {
		event.Own = about.Own
		if event.Subscription = about.Subscription; event.Subscription == "" {
			event.Subscription = about.Parent.Details.Subscription
		}
	}
	return event, nil
}

// signed checks "t=SECONDS,v1=HEX": HMAC-SHA-256 over SECONDS, a point and the body.
func signed(body []byte, header string, secret []byte, now time.Time) bool {
	var at string
	var marks [][]byte
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			at = value
		case "v1":
			if mark, err := hex.DecodeString(value); err == nil {
				marks = append(marks, mark)
			}
		}
	}
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || len(secret) == 0 || now.Sub(time.Unix(seconds, 0)).Abs() > Tolerance {
		return false
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(at + "."))
	h.Write(body)
	want := h.Sum(nil)
	for _, mark := range marks {
		if hmac.Equal(mark, want) {
			return true
		}
	}
	return false
}
