package ask

import (
	"encoding/json"
	"io"
	"net/http"

	"kept/internal/fault"
)

// JSON sends r and decodes the answer into out, if that is not nil. longest is how many
// bytes are read at most; refusal makes an error of an answer that is no success. What
// egress refuses stays its refusal; a service that does not answer is Unavailable. The
// caller says which service it is.
func JSON(way *http.Client, r *http.Request, longest int64, refusal func(status int, body []byte) error, out any) error {
	answer, err := way.Do(r)
	if err != nil {
		if fault.KindOf(err) != fault.Internal {
			return err
		}
		return fault.New(fault.Unavailable, "it does not answer: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, longest+1))
	switch {
	case err != nil:
		return fault.New(fault.Unavailable, "its answer broke off: %w", err)
	case int64(len(body)) > longest:
		return fault.New(fault.TooLarge, "its answer is longer than %d bytes", longest)
	case answer.StatusCode/100 != 2:
		return refusal(answer.StatusCode, body)
	case out == nil:
		return nil
	}
	if err := json.Unmarshal(body, out); err != nil { // what stood in it is not passed on
		return fault.New(fault.Unavailable, "its answer is not the one that its documentation describes")
	}
	return nil
}
