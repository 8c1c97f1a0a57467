package vault

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kept/internal/clock"
	"kept/internal/fault"
	"kept/internal/store"
	"kept/internal/store/storetest"
)

var (
	start = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	anna  = Ref{"subject-anna", "newsletter/proof"}
)

// testMaster is a master key that a digit stands for.
func testMaster(t testing.TB, digit string) Master {
	t.Helper()
	m, err := newMaster(strings.Repeat(digit, 64), "the test")
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// nodes runs f on both databases; open opens one more process over the same
// keys.
func nodes(t *testing.T, f func(t *testing.T, open func(c Config) *Vault)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, at store.Config) {
		f(t, func(c Config) *Vault {
			t.Helper()
			v, err := openAt(t, at, c)
			if err != nil {
				t.Fatal(err)
			}
			return v
		})
	})
}

func openAt(t *testing.T, at store.Config, c Config) (*Vault, error) {
	t.Helper()
	c.Dir, c.URL = at.Dir, at.URL
	if c.Clock == nil {
		c.Clock = clock.At(start)
	}
	if c.Master.key.IsZero() {
		c.Master = testMaster(t, "a")
	}
	v, err := Open(t.Context(), c)
	if err == nil {
		t.Cleanup(func() { v.Close() })
	}
	return v, err
}

func seal(t testing.TB, v *Vault, ref Ref, plain string) []byte {
	t.Helper()
	sealed, err := v.Seal(context.Background(), ref, "table.column", []byte(plain))
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func wantKind(t testing.TB, err error, kind fault.Kind) {
	t.Helper()
	if !fault.Is(err, kind) {
		t.Fatalf("the error is %v, want one of kind %v", err, kind)
	}
}

func wantOpen(t testing.TB, v *Vault, ref Ref, sealed []byte, plain string) {
	t.Helper()
	got, err := v.Open(context.Background(), ref, "table.column", sealed)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != plain {
		t.Fatalf("opened %q, want %q", got, plain)
	}
}

func TestTheManifestDeclaresTheLiveSchema(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		m := Manifest()
		if err := m.Check(); err != nil {
			t.Fatal(err)
		}
		declared := map[string][]string{"store_migration": {"room", "name", "hash"}}
		for _, table := range m.Tables {
			for _, c := range table.Columns {
				declared[table.Name] = append(declared[table.Name], c.Name)
			}
		}
		live, err := open(Config{}).db.Columns(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(declared, live); diff != "" {
			t.Errorf("declared (-) and live (+) differ:\n%s", diff)
		}
	})
}

// A random life of a few people: sealing, destroying, forgetting what is cached. Whatever was
// sealed opens until its key is destroyed, never afterwards, and no nonce comes
// twice under a key.
func TestWhatIsSealedOpensUntilItsKeyIsDestroyed(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		nonces := map[string]bool{}
		v := open(Config{Cache: 2})
		rapid.Check(t, func(t *rapid.T) {
			live := &life{v: v, nonces: nonces, suffix: store.NewID()}
			t.Repeat(map[string]func(*rapid.T){
				"seal":    live.seal,
				"destroy": live.destroy,
				"forget":  func(*rapid.T) { v.keys = newCache(clock.At(start), 2) },
				"":        live.check,
			})
		})
	})
}

type life struct {
	v      *Vault
	values []value
	nonces map[string]bool
	suffix string
}

type value struct {
	ref           Ref
	place         string
	plain, sealed []byte
	destroyed     bool
}

func (l *life) seal(t *rapid.T) {
	ref := Ref{rapid.SampledFrom([]string{"anna", "bert", "cleo"}).Draw(t, "subject") + l.suffix, rapid.SampledFrom([]string{"r1", "r2"}).Draw(t, "rule")}
	x := value{ref: ref, place: rapid.StringN(0, 8, -1).Draw(t, "place"), plain: rapid.SliceOfN(rapid.Byte(), 0, 64).Draw(t, "plain")}
	var err error
	if x.sealed, err = l.v.Seal(context.Background(), ref, x.place, x.plain); err != nil {
		t.Fatal(err)
	}
	if len(x.sealed) != len(x.plain)+Overhead {
		t.Fatalf("%d bytes became %d", len(x.plain), len(x.sealed))
	}
	nonce := string(x.sealed[1 : 1+markSize+nonceSize])
	if l.nonces[nonce] {
		t.Fatal("a nonce came twice")
	}
	l.nonces[nonce] = true
	l.values = append(l.values, x)
}

func (l *life) destroy(t *rapid.T) {
	subject := rapid.SampledFrom([]string{"anna", "bert", "cleo"}).Draw(t, "subject") + l.suffix
	rules := rapid.SampledFrom([][]string{nil, {"r1"}, {"r2"}, {"r1", "r2"}}).Draw(t, "rules")
	if err := l.v.Destroy(context.Background(), subject, rules...); err != nil {
		t.Fatal(err)
	}
	for i := range l.values {
		x := &l.values[i]
		if x.ref.Subject == subject && (len(rules) == 0 || strings.Contains(strings.Join(rules, " "), x.ref.Rule)) {
			x.destroyed = true
		}
	}
}

func (l *life) check(t *rapid.T) {
	for _, x := range l.values {
		plain, err := l.v.Open(context.Background(), x.ref, x.place, x.sealed)
		switch {
		case x.destroyed && !fault.Is(err, fault.NotFound):
			t.Fatalf("a value whose key was destroyed opens as %q, %v", plain, err)
		case !x.destroyed && (err != nil || !bytes.Equal(plain, x.plain)):
			t.Fatalf("%q opens as %q, %v", x.plain, plain, err)
		}
	}
}

func TestAnyFlippedBitIsFound(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v := open(Config{})
		sealed := seal(t, v, anna, "anna@example.org")
		for bit := range len(sealed) * 8 {
			changed := bytes.Clone(sealed)
			changed[bit/8] ^= 1 << (bit % 8)
			if plain, err := v.Open(t.Context(), anna, "table.column", changed); err == nil {
				t.Fatalf("with bit %d flipped the value opens as %q", bit, plain)
			}
		}
		for cut := range sealed {
			_, err := v.Open(t.Context(), anna, "table.column", sealed[:cut])
			wantKind(t, err, fault.Invalid)
		}
	})
}

func TestAValueOpensOnlyWhereItWasSealed(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v := open(Config{})
		sealed := seal(t, v, anna, "secret")
		_, err := v.Open(t.Context(), anna, "table.other", sealed)
		wantKind(t, err, fault.Invalid)
		for _, other := range []Ref{{"subject-bert", anna.Rule}, {anna.Subject, "other"}} {
			_, err := v.Open(t.Context(), other, "table.column", sealed)
			wantKind(t, err, fault.NotFound)
			seal(t, v, other, "x")
			if _, err := v.Open(t.Context(), other, "table.column", sealed); err == nil {
				t.Errorf("%v opens what %v sealed", other, anna)
			}
		}
		for _, ref := range []Ref{{}, {"s", ""}, {"", "r"}} {
			_, err := v.Seal(t.Context(), ref, "", nil)
			wantKind(t, err, fault.Invalid)
		}
	})
}

func TestAKeyIsOnTheDiskBeforeItsFirstUse(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		sealed := seal(t, open(Config{}), anna, "secret")
		wantOpen(t, open(Config{}), anna, sealed, "secret") // another process, nothing closed
	})
}

func TestManyNewPeopleShareCommits(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v := open(Config{Cache: 10})
		const people = 300
		var commits int
		inner := v.making.do
		v.making.do = func(ctx context.Context, refs []Ref) error { commits++; return inner(ctx, refs) }
		sealed := make([][]byte, people)
		var all sync.WaitGroup
		for i := range people {
			all.Go(func() { sealed[i] = seal(t, v, Ref{fmt.Sprint("s", i%200), "r"}, fmt.Sprint(i)) })
		}
		all.Wait()
		for i := range people {
			wantOpen(t, v, Ref{fmt.Sprint("s", i%200), "r"}, sealed[i], fmt.Sprint(i))
		}
		if commits >= people/2 {
			t.Errorf("%d people took %d commits", people, commits)
		}
		refs := []Ref{{"p1", "r"}, {"p2", "r"}, {"p1", "r"}, {"s1", "r"}}
		if err := v.Prepare(t.Context(), refs...); err != nil {
			t.Fatal(err)
		}
		for _, r := range refs {
			if has, err := v.Has(t.Context(), r); err != nil || !has {
				t.Errorf("%v has no key after Prepare: %v", r, err)
			}
		}
		wantOpen(t, v, Ref{"s1", "r"}, sealed[1], "1") // Prepare replaces no key
	})
}

func TestIndexes(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v := open(Config{})
		_, err := v.IndexFor(t.Context(), anna, "partition")
		wantKind(t, err, fault.NotFound)
		if refs, err := v.Refs(t.Context(), anna.Subject); err != nil || len(refs) > 0 {
			t.Fatalf("looking for a person made the keys %v, %v", refs, err)
		}
		seal(t, v, anna, "x")
		before, err := v.IndexFor(t.Context(), anna, "partition")
		if err != nil || len(before) != 16 {
			t.Fatalf("index %x, %v", before, err)
		}
		again, _ := open(Config{}).IndexFor(t.Context(), anna, "partition")
		if !bytes.Equal(before, again) {
			t.Error("another process finds another index")
		}
		seal(t, v, Ref{"subject-bert", anna.Rule}, "x")
		other, _ := v.IndexFor(t.Context(), Ref{"subject-bert", anna.Rule}, "partition")
		if bytes.Equal(before, other) {
			t.Error("two people share an index")
		}
		commitment, err := v.Commit(t.Context(), anna, []byte("partition"))
		if err != nil || len(commitment) != 32 || bytes.HasPrefix(commitment, before) {
			t.Errorf("commitment %x, %v", commitment, err)
		}
		if err := v.Destroy(t.Context(), anna.Subject); err != nil {
			t.Fatal(err)
		}
		seal(t, v, anna, "a new life")
		after, _ := v.IndexFor(t.Context(), anna, "partition")
		if bytes.Equal(before, after) {
			t.Error("the index outlives its key")
		}
		if a, b := v.Index("subject/email", "x"), v.Index("subject/emai", "lx"); bytes.Equal(a, b) || len(a) != 16 {
			t.Errorf("two spaces share the index %x", a)
		}
		if !bytes.Equal(v.Index("s", "x"), open(Config{}).Index("s", "x")) {
			t.Error("another process finds another blind index")
		}
	})
}

func TestSecretsOfTheInstanceAreMadeOnce(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v, w := open(Config{}), open(Config{})
		first, err := v.Secret(t.Context(), "cookie", 32)
		if err != nil || len(first) != 32 {
			t.Fatal(first, err)
		}
		second, err := w.Secret(t.Context(), "cookie", 32)
		if err != nil || !bytes.Equal(first, second) {
			t.Fatalf("%x, then %x, %v", first, second, err)
		}
		other, _ := v.Secret(t.Context(), "ledger", 32)
		if bytes.Equal(first, other) {
			t.Error("two names, one secret")
		}
		_, err = v.Secret(t.Context(), "cookie", 16)
		wantKind(t, err, fault.Conflict)
	})
}

func TestApartTellsServersFromSchemas(t *testing.T) {
	nodes(t, func(t *testing.T, open func(Config) *Vault) {
		v := open(Config{})
		storetest.Each(t, func(t *testing.T, data *store.DB) {
			apart, err := v.Apart(t.Context(), data)
			if err != nil {
				t.Fatal(err)
			}
			oneServer := v.db.Dialect() == store.Postgres && data.Dialect() == store.Postgres
			if apart == oneServer {
				t.Errorf("keys on %v, data on %v: apart is %v", v.db.Dialect(), data.Dialect(), apart)
			}
		})
	})
}
