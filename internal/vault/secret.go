package vault

import (
	"fmt"
	"io"
	"log/slog"
)

const hidden = "••••"

// Secret is a text that prints as •••• whichever way it is printed. The text
// hangs on a pointer, so that reflection over a struct that holds a Secret
// shows an address.
type Secret struct{ text *string }

// NewSecret hides text.
func NewSecret(text string) Secret { return Secret{&text} }

// Reveal returns the text. Call it where the secret is used, and nowhere else.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == nil || *s.text == "" }

// String returns ••••.
func (s Secret) String() string { return hidden }

// Format prints •••• for every verb and flag.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, hidden) }

// LogValue logs ••••.
func (s Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText encodes ••••, for JSON, YAML and XML.
func (s Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }
