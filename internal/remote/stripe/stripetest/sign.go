package stripetest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"
)

// Sign is the header Stripe-Signature of a message sent at a moment.
func Sign(body []byte, secret string, at time.Time) string {
	h := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(h, "%d.%s", at.Unix(), body)
	return fmt.Sprintf("t=%d,v1=%s,v0=ignored", at.Unix(), hex.EncodeToString(h.Sum(nil)))
}
