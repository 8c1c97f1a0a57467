package register

import (
	"fmt"
	"testing"
)

// crowd is a record of n activities, with recipients in several countries and
// long names.
func crowd(n int) *Record {
	r := &Record{Language: "de", Controller: Party{Name: "Muster"}}
	countries := []Country{{"DE", "Deutschland"}, {"US", "Vereinigte Staaten"}, {"IE", "Irland"}, {"IN", "Indien"}}
	for i := range n/2 + 1 {
		x := Recipient{Key: fmt.Sprint("r", i), Party: Party{Name: fmt.Sprintf("Empfänger Nummer %d mit einem Donaudampfschifffahrtsgesellschaftsnamen", i)}, Country: &countries[i%4], Role: Named{"processor", "Auftragsverarbeiter"}}
		if i%4 == 1 {
			x.Transfers = []Transfer{{To: countries[1], Safeguard: Named{"scc", "Standardvertragsklauseln"}}, {To: countries[1], Safeguard: Named{"adequacy", "Angemessenheitsbeschluss"}}}
		}
		if i > 0 && i%5 == 0 {
			x.From = []string{"r0"}
			r.Recipients[0].Chain = append(r.Recipients[0].Chain, x.Key)
		}
		r.Recipients = append(r.Recipients, x)
	}
	people := []Term{{Key: "customer", Name: "Kunden"}, {Key: "employee", Name: "Beschäftigte"}, {Key: "visitor", Name: "Besucher"}}
	for i := range n {
		a := Activity{ID: fmt.Sprint("a", i), Form: Declared, Name: fmt.Sprintf("Tätigkeit %d mit einem recht langen Namen", i), People: people[i%3 : i%3+1]}
		for j := range i%9 + 1 {
			a.Data = append(a.Data, Datum{Field: fmt.Sprint("f", j), Name: "Feld", Category: Term{Key: fmt.Sprint("c", j), Name: fmt.Sprintf("Datenkategorie Nummer %d", j)}})
		}
		for j := range i % 4 {
			a.Recipients = append(a.Recipients, Delivery{Recipient: fmt.Sprint("r", (i+j*3)%(n/2+1))})
		}
		r.Activities = append(r.Activities, a)
	}
	return r
}

// From a few activities to many: no box covers another, none leaves the paper,
// text stays in its box, and every way is drawn.
func TestThePictureStaysLegible(t *testing.T) {
	for _, n := range []int{0, 1, 4, 12, 30, 80} {
		r := crowd(n)
		d := r.draw()
		boxes := 0
		for _, column := range [][]*stack{d.people, d.middle, d.outside} {
			last := 0.0
			for _, s := range column {
				for _, b := range s.boxes {
					boxes++
					if b.y < last {
						t.Errorf("%d activities: %s covers what stands above it", n, b.key)
					}
					if b.y+b.h > d.height+0.01 || b.y < firstY {
						t.Errorf("%d activities: %s leaves the paper", n, b.key)
					}
					last = b.y + b.h
					for _, line := range b.name {
						if float64(len([]rune(line)))*nameChar > b.w {
							t.Errorf("%d activities: %q is wider than its box", n, line)
						}
					}
				}
			}
		}
		ways, want := len(d.edges), 0
		for i := range r.Activities {
			to := map[string]bool{}
			for _, x := range r.Activities[i].Recipients {
				to[x.Recipient] = true
			}
			want += 1 + len(to)
		}
		for _, x := range r.Recipients {
			want += len(x.From)
		}
		if ways != want {
			t.Errorf("%d activities: %d ways of %d", n, ways, want)
		}
		if boxes < n+len(r.Recipients) {
			t.Errorf("%d activities: %d boxes", n, boxes)
		}
		for _, e := range d.edges {
			for _, end := range []struct {
				b *box
				y float64
			}{{e.from, e.y1}, {e.to, e.y2}} {
				if end.y < end.b.y || end.y > end.b.y+end.b.h {
					t.Errorf("%d activities: a way ends beside %s", n, end.b.key)
				}
			}
		}
	}
}
