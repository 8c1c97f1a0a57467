package rights

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"kept/internal/fault"
	"kept/internal/manifest"
	"kept/internal/vault"
)

// hidden stands in a copy for what lets somebody in: that it is held is said,
// what it is stays between the person and the sign-in.
const hidden = "••••"

// opener reads values for one subject; it asks for the subject's keys once.
type opener struct {
	vault   *vault.Vault
	subject string
	refs    []vault.Ref
	asked   bool
}

func (d *Desk) opener(subject string) *opener { return &opener{vault: d.Vault, subject: subject} }

// value turns a stored value into one of a copy: text, number, boolean, RFC 3339
// time, JSON or null.
func (o *opener) value(ctx context.Context, m *manifest.Manifest, t *manifest.Table, c *manifest.Column, stored any) (any, error) {
	if stored == nil {
		return nil, nil
	}
	if f := fieldOf(m, c); f != nil && strings.HasPrefix(f.Category, "user.authorization") {
		return hidden, nil
	}
	if c.Class == manifest.Sealed {
		sealed, ok := stored.([]byte)
		if !ok || len(sealed) == 0 {
			return nil, nil
		}
		plain, err := o.open(ctx, t.Name+"."+c.Name, sealed)
		if err != nil || plain == nil {
			return nil, err
		}
		if json.Valid(plain) && (plain[0] == '{' || plain[0] == '[') {
			return json.RawMessage(plain), nil
		}
		if !utf8.Valid(plain) { // a file: as bytes, not as a broken text
			return base64.StdEncoding.EncodeToString(plain), nil
		}
		return string(plain), nil
	}
	return plainValue(c, stored)
}

// open opens a sealed value under whichever of the subject's keys fits; nil if
// none does, because the key is destroyed or another subject's.
func (o *opener) open(ctx context.Context, place string, sealed []byte) ([]byte, error) {
	plain, _, err := o.openAs(ctx, place, sealed)
	return plain, err
}

// openAs is open that also names the key.
func (o *opener) openAs(ctx context.Context, place string, sealed []byte) ([]byte, vault.Ref, error) {
	if len(sealed) == 0 {
		return nil, vault.Ref{}, nil
	}
	if !o.asked {
		refs, err := o.vault.Refs(ctx, o.subject)
		if err != nil {
			return nil, vault.Ref{}, err
		}
		o.refs, o.asked = refs, true
	}
	for i, ref := range o.refs {
		plain, err := o.vault.Open(ctx, ref, place, sealed)
		switch {
		case err == nil:
			// The next value is sealed under the same key more often than not.
			o.refs[0], o.refs[i] = o.refs[i], o.refs[0]
			return plain, ref, nil
		case !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Invalid):
			return nil, vault.Ref{}, err
		}
	}
	return nil, vault.Ref{}, nil
}

func plainValue(c *manifest.Column, stored any) (any, error) {
	switch v := stored.(type) {
	case int64:
		switch c.Type {
		case manifest.TimeType:
			return time.UnixMilli(v).UTC().Format(time.RFC3339Nano), nil
		case manifest.BoolType:
			return v != 0, nil
		}
		return v, nil
	case bool, float64:
		return v, nil
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano), nil
	case []byte:
		if c.Type == manifest.BytesType {
			return base64.StdEncoding.EncodeToString(v), nil
		}
		return textValue(c, string(v)), nil
	case string:
		return textValue(c, v), nil
	}
	return nil, fmt.Errorf("a value of type %T", stored)
}

func textValue(c *manifest.Column, text string) any {
	if c.Type == manifest.JSONType && json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}
