package recent

import (
	"math/rand/v2"
	"sync"
	"testing"
)

func TestItForgetsWhatNobodyAsksFor(t *testing.T) {
	c := New[int, int](8)
	for n := range 100 {
		c.Add(n, -n)
		if v, ok := c.Get(0); !ok || v != 0 {
			t.Fatalf("after %d others: what is asked for again and again gives %d, %v", n, v, ok)
		}
		if c.Len() > 8 {
			t.Fatalf("%d values are remembered, room was asked for 8", c.Len())
		}
	}
	for n := 97; n < 100; n++ {
		if v, ok := c.Get(n); !ok || v != -n {
			t.Errorf("the value of %d, asked for of late, is %d, %v", n, v, ok)
		}
	}
	if _, ok := c.Get(50); ok {
		t.Error("what nobody asked for is remembered")
	}
}

func TestANewValueTakesThePlaceOfTheOneBefore(t *testing.T) {
	c := New[string, int](4)
	c.Add("a", 1)
	if got := c.GetOrAdd("a", 2); got != 1 {
		t.Errorf("the value that is there is %d", got)
	}
	if got := c.GetOrAdd("b", 3); got != 3 {
		t.Errorf("the value that was not there is %d", got)
	}
	c.Add("c", 4) // a and b are in the old half now
	if got := c.GetOrAdd("a", 5); got != 1 {
		t.Errorf("the value of the old half is %d", got)
	}
	c.Add("b", 6)
	if got, _ := c.Get("b"); got != 6 {
		t.Errorf("the later value of b is %d", got)
	}
	c.Remove("b")
	if _, ok := c.Get("b"); ok {
		t.Error("what was removed is remembered")
	}
	c.Purge()
	if c.Len() != 0 {
		t.Errorf("%d values are left", c.Len())
	}
}

// What was removed does not come back, whoever asks meanwhile.
func TestWhatWasRemovedStaysRemoved(t *testing.T) {
	c := New[int, int](8)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 5000 {
				n := rand.IntN(16)
				if v, ok := c.Get(n); ok && v != n {
					t.Errorf("%d has the value %d", n, v)
				}
				if n > 0 {
					c.Add(n, n)
				}
			}
		})
	}
	for range 200 {
		c.Add(0, 0)
		c.Remove(0)
		for range 50 {
			if _, ok := c.Get(0); ok {
				t.Fatal("it came back")
			}
		}
	}
	all.Wait()
}
