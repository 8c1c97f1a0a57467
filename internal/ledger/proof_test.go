package ledger

import (
	"strings"
	"testing"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestAnyChangedByteOfAProofIsFound(t *testing.T) {
	l := open(t, storetest.Open(t, storetest.SQLite(t)), Config{})
	ids := fill(t, l, 300)
	sequence(t, l, 300)
	p, err := l.Prove(t.Context(), ids[77])
	if err != nil {
		t.Fatal(err)
	}
	text := p.Text()
	if !strings.HasPrefix(text, "c2sp.org/tlog-proof@v1\nextra ") || !strings.Contains(text, "\n\n"+origin+"\n300\n") {
		t.Fatalf("the proof reads\n%s", text)
	}
	for i := range len(text) {
		for _, flip := range []byte{1, 2, 4, 0x20, 0x80} {
			changed := []byte(text)
			changed[i] ^= flip
			p, err := ParseProof(string(changed))
			if err == nil {
				_, _, err = p.Verify(l.Key())
			}
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("byte %d (%q) flipped by %#x: %v", i, text[i], flip, err)
			}
		}
	}
	other := open(t, storetest.Open(t, storetest.SQLite(t)), Config{Origin: "other.example/ledger"})
	if _, _, err := p.Verify(other.Key()); err == nil {
		t.Error("another log's key verifies the proof")
	}
	if _, _, err := p.Verify("no key"); !fault.Is(err, fault.Invalid) {
		t.Errorf("no key at all: %v", err)
	}
}

func FuzzParseProof(f *testing.F) {
	f.Add(Proof{Entry: []byte("{}"), Index: 1, Path: [][32]byte{{1}}, Checkpoint: "a\n1\nb\n\n— a c\n"}.Text())
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParseProof(text)
		if err == nil && p.Text() != text {
			t.Errorf("%q reads as %q", text, p.Text())
		}
	})
}

func TestASignatureIsForOneContext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		l := open(t, db, Config{})
		msg := []byte("a receipt")
		sig := l.Sign("receipt", msg)
		if err := VerifySignature(l.Key(), "receipt", msg, sig); err != nil {
			t.Fatal(err)
		}
		wantKind(t, VerifySignature(l.Key(), "cookie", msg, sig), fault.Invalid)
		wantKind(t, VerifySignature(l.Key(), "receipt", []byte("another"), sig), fault.Invalid)
		wantKind(t, VerifySignature(l.Key(), "receipt", msg, sig[1:]), fault.Invalid)
		wantKind(t, VerifySignature("nonsense", "receipt", msg, sig), fault.Invalid)
		if l.verifier.Verify(msg, sig) {
			t.Error("a receipt's signature passes as a checkpoint's")
		}
		plain, _ := l.key.Sign(msg)
		wantKind(t, VerifySignature(l.Key(), "receipt", msg, plain), fault.Invalid)
	})
}
