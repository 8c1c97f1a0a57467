package cleverreach

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// Hook has CleverReach tell an address of what becomes of a group's receivers. It
// asks the address at once with ?secret=…, and wants VerifyAnswer back. The call
// token that Hook returns stands in every later call's CallToken header.
func (c *Client) Hook(ctx context.Context, group int64, address, verify string) (callToken string, err error) {
	in := map[string]string{"url": address, "event": "receiver", "condition": fmt.Sprint(group), "verify": verify}
	var made struct {
		CallToken string `json:"call_token"`
	}
	if err := c.call(ctx, http.MethodPost, "/hooks/eventhook", in, &made); err != nil {
		return "", err
	}
	return made.CallToken, nil
}

// CallToken is the header that proves that a call comes from the hook.
const CallToken = "X-CR-Calltoken"

// VerifyAnswer is what an address answers when a hook is made: plain text.
func VerifyAnswer(verify, secret string) string { return verify + " " + secret }

// Event is a call of a hook. It names a receiver and says no more than that
// something became of it.
type Event struct {
	Name     string // receiver.unsubscribed …
	Group    int64
	Receiver int64
}

// ReadEvent reads a hook's call.
func ReadEvent(body []byte) (e Event, err error) {
	var got struct {
		Event   string `json:"event"`
		Payload struct {
			Group    number `json:"group_id"`
			Receiver number `json:"pool_id"`
		} `json:"payload"`
	}
	if err := json.Unmarshal(body, &got); err != nil {
		return e, fmt.Errorf("read a hook's call: %w", err)
	}
	return Event{got.Event, int64(got.Payload.Group), int64(got.Payload.Receiver)}, nil
}

// Unhook ends what Hook began. It is no error if it has ended.
func (c *Client) Unhook(ctx context.Context) error {
	return gone(c.call(ctx, http.MethodDelete, "/hooks/eventhook/receiver", nil, nil))
}
