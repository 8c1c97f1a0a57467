package fault

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestKindSurvivesWrapping(t *testing.T) {
	cause := New(TooLarge, "the body is too large: %w", io.ErrUnexpectedEOF)
	wrapped := fmt.Errorf("collect: %w", cause)
	if !Is(wrapped, TooLarge) || !errors.Is(wrapped, io.ErrUnexpectedEOF) {
		t.Errorf("kind %v of %v", KindOf(wrapped), wrapped)
	}
	if KindOf(io.EOF) != Internal || Is(nil, Internal) {
		t.Error("an unclassified error is internal, no error is nothing")
	}
}

func TestEveryKindHasNameAndStatus(t *testing.T) {
	for k := Internal; k <= Refused; k++ {
		if int(k) >= len(names) || int(k) >= len(statuses) || names[k] == "" || statuses[k] < 400 {
			t.Errorf("kind %d: %q %d", k, k, k.Status())
		}
	}
}
