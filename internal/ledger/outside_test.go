package ledger

import (
	"bytes"
	"strings"
	"testing"

	"kept/internal/fault"
	"kept/internal/store/storetest"
)

// Somebody outside kept a head; the folder that they are handed later must
// continue it.
func TestAFolderIsHeldAgainstACheckpointThatWasSeenOutside(t *testing.T) {
	l, dir := exported(t, storetest.Open(t, storetest.SQLite(t)))
	early, err := storedHead(t, l, 10)
	if err != nil {
		t.Fatal(err)
	}
	head, err := l.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, seen := range []string{early, head.Text} {
		if r, err := VerifyDir(t.Context(), dir, "", nil, seen); err != nil || r.Bad != nil || r.Leaves != leaves || r.Checkpoint.Size != leaves {
			t.Errorf("a checkpoint of this log: %+v, %v", r, err)
		}
	}

	rewritten := open(t, storetest.Open(t, storetest.SQLite(t)), Config{}) // by somebody who holds the key
	fill(t, rewritten, 10)
	sequence(t, rewritten, 10)
	other, err := rewritten.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err := VerifyDir(t.Context(), dir, "", nil, other.Text)
	if err != nil || r.Bad == nil || !strings.Contains(r.Bad.What, "seen outside") || r.Bad.Last != 9 {
		t.Errorf("a rewritten log: %+v, %v", r.Bad, err)
	}

	fill(t, l, 5)
	sequence(t, l, 5)
	later, err := l.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err = VerifyDir(t.Context(), dir, "", nil, later.Text)
	if err != nil || r.Bad == nil || !strings.Contains(r.Bad.What, "set back") {
		t.Errorf("a log that was set back: %+v, %v", r.Bad, err)
	}

	stranger := open(t, storetest.Open(t, storetest.SQLite(t)), Config{Key: bytes.Repeat([]byte{9}, 32)})
	fill(t, stranger, 1)
	sequence(t, stranger, 1)
	foreign, err := stranger.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r, err = VerifyDir(t.Context(), dir, "", nil, foreign.Text)
	if err != nil || r.Bad == nil || !strings.Contains(r.Bad.What, "seen outside is not signed") {
		t.Errorf("a checkpoint of another log: %+v, %v", r.Bad, err)
	}
}

func TestTheLogItselfIsHeldAgainstACheckpointThatWasSeenOutside(t *testing.T) {
	l, _ := exported(t, storetest.Open(t, storetest.SQLite(t)))
	early, err := storedHead(t, l, 10)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := l.Verify(t.Context(), nil, early); err != nil || r.Bad != nil {
		t.Errorf("%+v, %v", r, err)
	}
	changed := strings.Replace(early, "10\n", "11\n", 1)
	if r, err := l.Verify(t.Context(), nil, changed); err != nil || r.Bad == nil {
		t.Errorf("a changed checkpoint: %+v, %v", r, err)
	}
}

func TestACheckpointIsFoundInAText(t *testing.T) {
	l, _ := exported(t, storetest.Open(t, storetest.SQLite(t)))
	head, err := l.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"alone":             head.Text,
		"with CRLF":         strings.ReplaceAll(head.Text, "\n", "\r\n"),
		"in a mail":         "Good morning,\n\nthis is the head:\n\n" + head.Text + "\nKeep it.\n",
		"quoted":            "> " + strings.ReplaceAll(strings.TrimSuffix(head.Text, "\n"), "\n", "\n> ") + "\n",
		"indented":          "  " + strings.ReplaceAll(strings.TrimSuffix(head.Text, "\n"), "\n", "\n  "),
		"without its end":   strings.TrimSuffix(head.Text, "\n"),
		"after a digit":     "17\n\n" + head.Text,
		"behind a spare":    "kept\n12\nnothing\n\n" + head.Text,
		"with blank spaces": strings.ReplaceAll(head.Text, "\n", "  \n"),
	} {
		if got, err := FindCheckpoint(text); err != nil || got != head.Text {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, text := range []string{"", "hello", head.Text[:20], strings.Split(head.Text, "\n\n")[0]} {
		if _, err := FindCheckpoint(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func storedHead(t *testing.T, l *Ledger, size int64) (text string, err error) {
	t.Helper()
	err = l.db.QueryRowContext(t.Context(), "select note from ledger_checkpoint where size = $1", size).Scan(&text)
	return text, err
}
