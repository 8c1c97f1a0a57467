package vault

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

func TestTheMasterKeyComesFromFileEnvironmentOrCommand(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "master.key")
	_, err := MasterFromFile(path, false)
	wantKind(t, err, fault.NotFound)
	made, err := MasterFromFile(path, true)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	again, err := MasterFromFile(path, true)
	if err != nil || !made.equal(again) {
		t.Errorf("the second reading gives another key, %v", err)
	}
	t.Setenv("KEPT_TEST_MASTER", made.key.Reveal())
	env, err := MasterFromEnv("KEPT_TEST_MASTER")
	if err != nil || !made.equal(env) {
		t.Errorf("the environment gives another key, %v", err)
	}
	_, err = MasterFromEnv("KEPT_TEST_NO_MASTER")
	wantKind(t, err, fault.NotFound)
	cmd, err := MasterFromCommand("cat", path)
	if err != nil || !made.equal(cmd) {
		t.Errorf("the command gives another key, %v", err)
	}
	_, err = MasterFromCommand("false")
	wantKind(t, err, fault.Unavailable)
	_, err = MasterFromCommand()
	wantKind(t, err, fault.Invalid)
	_, err = MasterFromCommand("echo", "not a key")
	wantKind(t, err, fault.Invalid)
}

func TestAWrongMasterKeyIsFoundAtStart(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, at store.Config) {
		v, err := openAt(t, at, Config{})
		if err != nil {
			t.Fatal(err)
		}
		v.Close()
		_, err = openAt(t, at, Config{Master: testMaster(t, "b")})
		wantKind(t, err, fault.Invalid)
		if !strings.Contains(err.Error(), "does not fit") || strings.Contains(err.Error(), "bbbb") {
			t.Errorf("the message is %q", err)
		}
		_, err = Open(t.Context(), Config{Dir: at.Dir, URL: at.URL})
		wantKind(t, err, fault.Invalid)
	})
}

func TestRotation(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, at store.Config) {
		v, err := openAt(t, at, Config{})
		if err != nil {
			t.Fatal(err)
		}
		cookie, _ := v.Secret(t.Context(), "cookie", 32)
		const people = chunk + 7
		refs := make([]Ref, people)
		for i := range refs {
			refs[i] = Ref{fmt.Sprint("s", i), "r"}
		}
		if err := v.Prepare(t.Context(), refs...); err != nil {
			t.Fatal(err)
		}
		first, last := seal(t, v, refs[0], "first"), seal(t, v, refs[people-1], "last")

		other, err := openAt(t, at, Config{}) // a process that does not know
		if err != nil {
			t.Fatal(err)
		}
		var calls, done, total int
		progress := func(d, t int) { calls, done, total = calls+1, d, t }
		if err := v.Rotate(t.Context(), testMaster(t, "b"), progress); err != nil {
			t.Fatal(err)
		}
		if calls < 3 || done != total || total != people+2 {
			t.Errorf("progress: %d calls, %d of %d", calls, done, total)
		}
		wantOpen(t, v, refs[0], first, "first")

		_, err = other.Seal(t.Context(), anna, "", nil)
		wantKind(t, err, fault.Unavailable)
		_, err = openAt(t, at, Config{})
		wantKind(t, err, fault.Invalid) // the old key is worth nothing now

		fresh, err := openAt(t, at, Config{Master: testMaster(t, "b")})
		if err != nil {
			t.Fatal(err)
		}
		wantOpen(t, fresh, refs[people-1], last, "last")
		if again, err := fresh.Secret(t.Context(), "cookie", 32); err != nil || !bytes.Equal(cookie, again) {
			t.Errorf("the secret changed: %v", err)
		}
		wantKind(t, fresh.Rotate(t.Context(), testMaster(t, "b"), nil), fault.Invalid)
	})
}

func TestARotationGoesOnAfterItWasKilled(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, at store.Config) {
		v, err := openAt(t, at, Config{})
		if err != nil {
			t.Fatal(err)
		}
		refs := make([]Ref, 2*chunk)
		for i := range refs {
			refs[i] = Ref{fmt.Sprint("s", i), "r"}
		}
		if err := v.Prepare(t.Context(), refs...); err != nil {
			t.Fatal(err)
		}
		sealed := make([][]byte, len(refs))
		for i := range refs {
			sealed[i] = seal(t, v, refs[i], "kept")
		}
		killAfter(v, 2, t)
		v.Close()

		_, err = openAt(t, at, Config{})
		wantKind(t, err, fault.Conflict)
		half, err := openAt(t, at, Config{Master: testMaster(t, "b")})
		if err != nil {
			t.Fatal(err)
		}
		for i := range refs { // both generations open meanwhile
			wantOpen(t, half, refs[i], sealed[i], "kept")
		}
		wantKind(t, half.Rotate(t.Context(), testMaster(t, "c"), nil), fault.Conflict)
		var first int
		err = half.Rotate(t.Context(), testMaster(t, "b"), func(_, total int) { first = max(first, total) })
		if err != nil {
			t.Fatal(err)
		}
		if first == 0 || first >= len(refs) {
			t.Errorf("the second run wrapped %d of %d keys: it did not go on where the first stopped", first, len(refs))
		}
		half.Close()
		done, err := openAt(t, at, Config{Master: testMaster(t, "b")})
		if err != nil {
			t.Fatal(err)
		}
		for i := range refs {
			wantOpen(t, done, refs[i], sealed[i], "kept")
		}
	})
}

// killAfter rotates and dies at the n-th report of progress.
func killAfter(v *Vault, n int, t *testing.T) {
	t.Helper()
	killed := errors.New("killed")
	defer func() {
		if r := recover(); r != killed {
			t.Fatalf("the rotation ended with %v before it could be killed", r)
		}
	}()
	v.Rotate(t.Context(), testMaster(t, "b"), func(int, int) {
		if n--; n == 0 {
			panic(killed)
		}
	})
}

func TestSecretsDoNotPrint(t *testing.T) {
	v, err := openAt(t, store.Config{Dir: t.TempDir()}, Config{Master: testMaster(t, "d")})
	if err != nil {
		t.Fatal(err)
	}
	seal(t, v, anna, "x")
	k, _ := v.key(t.Context(), anna)
	s := NewSecret("dddddddd")
	type holder struct {
		s      Secret
		S      Secret
		Master Master
	}
	var out bytes.Buffer
	for _, x := range []any{s, &s, holder{s, s, testMaster(t, "d")}, &holder{s: s}, []Secret{s}, map[string]Secret{"a": s}, v, k, &v.masters, testMaster(t, "d")} {
		for _, format := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
			fmt.Fprintf(&out, format+"\n", x)
		}
	}
	for _, x := range []any{s, holder{s, s, testMaster(t, "d")}, map[string]Secret{"a": s}} {
		b, err := json.Marshal(x)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("start", "secret", s, "holder", holder{s, s, testMaster(t, "d")}, "vault", v)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("start", "secret", s, "holder", holder{s, s, testMaster(t, "d")})
	for _, planted := range []string{"dddddd", "64 64 64 64", fmt.Sprintf("%x", "dddddd"), "100 100 100"} {
		if strings.Contains(out.String(), planted) {
			t.Errorf("%q is printed:\n%s", planted, out.String())
		}
	}
	if s.Reveal() != "dddddddd" || !strings.Contains(out.String(), hidden) {
		t.Error("the secret is lost")
	}
}
