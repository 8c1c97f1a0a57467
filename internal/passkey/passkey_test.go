package passkey_test

import (
	"testing"

	"kept/internal/fault"
	"kept/internal/passkey"
	"kept/internal/passkey/passkeytest"
)

var site = passkey.Site{ID: "portal.example", Origin: "https://portal.example"}

var challenge = []byte("a challenge of 16 bytes or more")

func TestAPasskeySignsIn(t *testing.T) {
	d := passkeytest.New(site)
	p, err := site.Register(d.Make(challenge), challenge)
	if err != nil {
		t.Fatal(err)
	}
	if _, err = site.Verify(p, d.Sign(challenge), challenge); err != nil {
		t.Error(err)
	}
	d.Count = 7
	counted, err := site.Verify(p, d.Sign(challenge), challenge)
	if err != nil || counted.Count != 7 {
		t.Errorf("%+v, %v", counted, err)
	}
	if _, err := site.Verify(counted, d.Sign(challenge), challenge); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a counter that stands still: %v", err)
	}
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	good := passkeytest.New(site)
	p, err := site.Register(good.Make(challenge), challenge)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*passkeytest.Device){
		"another origin":                 func(d *passkeytest.Device) { d.Origin = "https://portal.example.evil.example" },
		"a plain origin":                 func(d *passkeytest.Device) { d.Origin = "http://portal.example" },
		"a frame":                        func(d *passkeytest.Device) { d.Frame = true },
		"another site":                   func(d *passkeytest.Device) { d.Site.ID = "evil.example" },
		"nobody there":                   func(d *passkeytest.Device) { d.Flags = 0x04 },
		"nobody verified":                func(d *passkeytest.Device) { d.Flags = 0x01 },
		"backed up, though it cannot be": func(d *passkeytest.Device) { d.Flags = 0x15 },
		"the other act":                  func(d *passkeytest.Device) { d.Type = "payment.get" },
		"another's passkey":              func(d *passkeytest.Device) { d.Key = passkeytest.New(site).Key },
		"another's id":                   func(d *passkeytest.Device) { d.ID = passkeytest.New(site).ID },
	} {
		d := *good
		change(&d)
		if _, err := site.Verify(p, d.Sign(challenge), challenge); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s signs in: %v", name, err)
		}
		if name == "another's passkey" || name == "another's id" {
			continue
		}
		if _, err := site.Register(d.Make(challenge), challenge); !fault.Is(err, fault.Forbidden) {
			t.Errorf("%s makes a passkey: %v", name, err)
		}
	}
	if _, err := site.Verify(p, good.Sign(challenge), []byte("another challenge")); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an old challenge: %v", err)
	}
	m := good.Make(challenge)
	m.ID = "AAAA"
	if _, err := site.Register(m, challenge); !fault.Is(err, fault.Forbidden) {
		t.Errorf("an id that is not the authenticator's: %v", err)
	}
}

// Whatever is handed over is refused, and nothing breaks of it.
func FuzzWhatIsHandedOver(f *testing.F) {
	d := passkeytest.New(site)
	s, m := d.Sign(challenge), d.Make(challenge)
	f.Add(s.ID, s.Client, s.Authenticator, s.Signature)
	f.Add(m.ID, m.Client, m.Authenticator, m.Key)
	p := passkey.Passkey{ID: d.ID}
	f.Fuzz(func(t *testing.T, a, b, c, e string) {
		if _, err := site.Verify(p, passkey.Signed{ID: a, Client: b, Authenticator: c, Signature: e}, challenge); err == nil {
			t.Error("a passkey without a key signs in")
		}
		_, _ = site.Register(passkey.Made{ID: a, Client: b, Authenticator: c, Key: e}, []byte("not asked"))
	})
}
