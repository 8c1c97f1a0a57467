package dataset

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kept/internal/remote/records"
)

// word is a value as text, the same for the same value in every system; false for
// one that is missing or is no single value.
func word(v any) (string, bool) {
	switch x := v.(type) {
	case string:
		return x, x != ""
	case int64:
		return strconv.FormatInt(x, 10), true
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64), true
	case bool:
		return strconv.FormatBool(x), true
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano), true
	case []byte:
		return base64.StdEncoding.EncodeToString(x), len(x) > 0
	case json.Number:
		return x.String(), true
	case records.Own:
		return x.Text, x.Text != ""
	}
	return "", false
}

// words are the values at a path in v, through objects and lists.
func words(v any, path []string) []string {
	if list, ok := v.([]any); ok {
		var found []string
		for _, x := range list {
			found = append(found, words(x, path)...)
		}
		return found
	}
	if len(path) == 0 {
		if w, ok := word(v); ok {
			return []string{w}
		}
		return nil
	}
	object, _ := v.(map[string]any)
	return words(object[path[0]], path[1:])
}

// line is what a row's values look like, to tell rows without a key apart.
func line(values []any) string {
	var b strings.Builder
	for _, v := range values {
		text, err := json.Marshal(v)
		if err != nil {
			text = fmt.Append(nil, v)
		}
		b.Write(text)
		b.WriteByte('\n')
	}
	return b.String()
}

// number is what a number in a file is in JSON.
func number(text string) any {
	if json.Valid([]byte(text)) {
		return json.Number(text)
	}
	return text
}
